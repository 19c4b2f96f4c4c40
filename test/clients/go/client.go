package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Where a client connects and how it logs in.
type at struct {
	Bootstrap string
	Security  struct {
		Protocol string
		CA       string
		Login    *struct{ Mechanism, Username, Password string }
	}
}

// JSON keeps nil apart from empty, as Kafka does: base64 or null.
type octets []byte

func (all octets) MarshalJSON() ([]byte, error) {
	if all == nil {
		return []byte("null"), nil
	}
	return json.Marshal(base64.StdEncoding.EncodeToString(all))
}

func (all *octets) UnmarshalJSON(text []byte) error {
	var encoded *string
	if err := json.Unmarshal(text, &encoded); err != nil || encoded == nil {
		*all = nil
		return err
	}
	decoded, err := base64.StdEncoding.DecodeString(*encoded)
	if decoded == nil {
		decoded = []byte{}
	}
	*all = decoded
	return err
}

type header struct {
	name  string
	value octets
}

func (h header) MarshalJSON() ([]byte, error) { return json.Marshal([]any{h.name, h.value}) }

func (h *header) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&h.name, &h.value})
}

type jobRecord struct {
	Key       octets   `json:"key"`
	Value     octets   `json:"value"`
	Headers   []header `json:"headers"`
	Timestamp int64    `json:"timestamp"`
}

func (record jobRecord) to(topic string, partition int32) *kgo.Record {
	headers := make([]kgo.RecordHeader, 0, len(record.Headers))
	for _, each := range record.Headers {
		headers = append(headers, kgo.RecordHeader{Key: each.name, Value: each.value})
	}
	return &kgo.Record{
		Topic: topic, Partition: partition, Key: record.Key, Value: record.Value,
		Headers: headers, Timestamp: time.UnixMilli(record.Timestamp),
	}
}

func sayRecord(record *kgo.Record) {
	headers := make([]header, 0, len(record.Headers))
	for _, each := range record.Headers {
		headers = append(headers, header{each.Key, each.Value})
	}
	say("record", fields{
		"partition": record.Partition, "offset": record.Offset, "key": octets(record.Key), "value": octets(record.Value),
		"headers": headers, "timestamp": record.Timestamp.UnixMilli(),
	})
}

func newClient(to at, options ...kgo.Opt) (*kgo.Client, error) {
	all, err := optionsFor(to)
	if err != nil {
		return nil, err
	}
	return kgo.NewClient(append(all, options...)...)
}

func newSession(to at, options ...kgo.Opt) (*kgo.GroupTransactSession, error) {
	all, err := optionsFor(to)
	if err != nil {
		return nil, err
	}
	return kgo.NewGroupTransactSession(append(all, options...)...)
}

// Records go to the partition that they name.
func optionsFor(to at) ([]kgo.Opt, error) {
	all := []kgo.Opt{kgo.SeedBrokers(to.Bootstrap), kgo.RecordPartitioner(kgo.ManualPartitioner())}
	if login := to.Security.Login; login != nil {
		switch login.Mechanism {
		case "PLAIN":
			all = append(all, kgo.SASL(plain.Auth{User: login.Username, Pass: login.Password}.AsMechanism()))
		case "SCRAM-SHA-256":
			all = append(all, kgo.SASL(scram.Auth{User: login.Username, Pass: login.Password}.AsSha256Mechanism()))
		case "SCRAM-SHA-512":
			all = append(all, kgo.SASL(scram.Auth{User: login.Username, Pass: login.Password}.AsSha512Mechanism()))
		default:
			return nil, fmt.Errorf("no such mechanism: %s", login.Mechanism)
		}
	}
	if to.Security.CA != "" {
		pem, err := os.ReadFile(to.Security.CA)
		if err != nil {
			return nil, err
		}
		trusted := x509.NewCertPool()
		trusted.AppendCertsFromPEM(pem)
		dialer := &tls.Dialer{NetDialer: &net.Dialer{Timeout: 5 * time.Second}, Config: &tls.Config{RootCAs: trusted}}
		all = append(all, kgo.Dialer(dialer.DialContext))
	}
	return all, nil
}
