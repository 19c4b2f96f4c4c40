// The program of franz-go: `franz-go <verb> <job>`, as README.md in the folder above says.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

var verbs = map[string]func(job []byte) error{
	"produce":      verb(produce),
	"stream":       verb(stream),
	"login":        verb(login),
	"consume":      verb(consume),
	"member":       verb(member),
	"transactions": verb(transactions),
	"transform":    verb(transform),
	"admin":        verb(administer),
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 3 {
		return errors.New("usage: franz-go <verb> <job>")
	}
	do, known := verbs[os.Args[1]]
	if !known {
		return fmt.Errorf("no such verb: %s", os.Args[1])
	}
	return do([]byte(os.Args[2]))
}

func verb[Job any](do func(Job) error) func([]byte) error {
	return func(text []byte) error {
		var job Job
		if err := json.Unmarshal(text, &job); err != nil {
			return err
		}
		return do(job)
	}
}

type fields map[string]any

var output sync.Mutex

func say(name string, what any) {
	line, err := json.Marshal(fields{name: what})
	if err != nil {
		panic(err) // Nothing that is said cannot be JSON.
	}
	output.Lock()
	defer output.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

// Closed when the driver wants the end.
func inputEnded() <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	return ended
}

// The lines of a file of records.
func readRecords(file string) ([]jobRecord, error) {
	opened, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	var all []jobRecord
	lines := bufio.NewReader(opened)
	for decoder := json.NewDecoder(lines); ; {
		var record jobRecord
		if err := decoder.Decode(&record); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, record)
	}
}
