package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

var compressions = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

func produce(job struct {
	at
	Topic string
	Parts []struct {
		Partition   int32
		Compression string
		Idempotent  bool
		Records     string
	}
}) error {
	for _, part := range job.Parts {
		options := []kgo.Opt{kgo.ProducerBatchCompression(compressions[part.Compression])}
		if !part.Idempotent {
			// Otherwise a batch that is sent again can overtake another one.
			options = append(options, kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(1))
		}
		client, err := newClient(job.at, options...)
		if err != nil {
			return err
		}
		err = sendAll(client, part.Records, job.Topic, part.Partition)
		client.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// Gives the first failure.
func sendAll(client *kgo.Client, file string, topic string, partition int32) error {
	records, err := readRecords(file)
	if err != nil {
		return err
	}
	var first error
	var lock sync.Mutex
	for i, record := range records {
		client.Produce(context.Background(), record.to(topic, partition), func(sent *kgo.Record, err error) {
			lock.Lock()
			defer lock.Unlock()
			if err != nil && first == nil {
				first = err
			}
			if err == nil {
				sayAcked(sent, i)
			}
		})
	}
	if err := client.Flush(context.Background()); err != nil {
		return err
	}
	lock.Lock()
	defer lock.Unlock()
	return first
}

func sayAcked(sent *kgo.Record, index int) {
	say("acked", fields{"partition": sent.Partition, "index": index, "offset": sent.Offset})
}

func stream(job struct {
	at
	Topic      string
	Partitions int
	Idempotent bool
	PauseMs    int64
}) error {
	var options []kgo.Opt
	if !job.Idempotent {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	client, err := newClient(job.at, options...)
	if err != nil {
		return err
	}
	defer client.Close()
	ended := inputEnded()
	for number := 0; ; number++ {
		select {
		case <-ended:
			return client.Flush(context.Background())
		case <-time.After(time.Duration(job.PauseMs) * time.Millisecond):
		}
		record := &kgo.Record{Topic: job.Topic, Partition: int32(number % job.Partitions), Value: []byte(strconv.Itoa(number))}
		client.Produce(context.Background(), record, func(sent *kgo.Record, err error) {
			if err != nil {
				say("failed", fields{"index": number, "error": err.Error()})
			} else {
				sayAcked(sent, number)
			}
		})
	}
}

func login(job struct {
	Topic    string
	Attempts []struct {
		at
		Value string
	}
}) error {
	for i, attempt := range job.Attempts {
		did := fields{"index": i}
		if err := loginOnce(attempt.at, job.Topic, attempt.Value); err != nil {
			did["error"] = err.Error()
		}
		say("login", did)
	}
	return nil
}

func loginOnce(to at, topic string, value string) error {
	client, err := newClient(to, kgo.RecordRetries(2), kgo.RequestRetries(2))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	defer cancel()
	// A producer goes on asking for the topic for as long as it may; the first connection tells.
	if err := client.Ping(ctx); err != nil {
		return fmt.Errorf("not let in: %w", err)
	}
	return client.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte(value)}).FirstErr()
}
