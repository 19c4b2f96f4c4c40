package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func transactions(job struct {
	at
	Topic, TransactionalID string
	Transactions           []struct {
		Partition    int32
		Records, End string
	}
}) error {
	client, err := newClient(job.at, kgo.TransactionalID(job.TransactionalID))
	if err != nil {
		return err
	}
	defer client.Close()
	for i, transaction := range job.Transactions {
		if err := client.BeginTransaction(); err != nil {
			return err
		}
		if err := sendAll(client, transaction.Records, job.Topic, transaction.Partition); err != nil {
			return err
		}
		if err := client.EndTransaction(context.Background(), kgo.TransactionEndTry(transaction.End == "commit")); err != nil {
			return err
		}
		say("ended", fields{"index": i, "end": transaction.End})
	}
	return nil
}

func transform(job struct {
	at
	From, To, Group, TransactionalID string
	Count, Batch                     int
}) error {
	options := []kgo.Opt{
		kgo.TransactionalID(job.TransactionalID), kgo.ConsumerGroup(job.Group), kgo.ConsumeTopics(job.From), fromStart,
		isolated("read_committed"), kgo.RequireStableFetchOffsets(), kgo.FetchMaxWait(50 * time.Millisecond),
	}
	session, err := newSession(job.at, options...)
	if err != nil {
		return err
	}
	defer session.Close()
	ctx, cancel := context.WithTimeout(context.Background(), allWithin)
	defer cancel()
	for index, missing := 0, job.Count; missing > 0; {
		fetches := session.PollRecords(ctx, job.Batch)
		if ctx.Err() != nil {
			return fmt.Errorf("%d records are missing: %w", missing, fetches.Err())
		}
		if fetches.NumRecords() == 0 {
			continue
		}
		if err := session.Begin(); err != nil {
			return err
		}
		fetches.EachRecord(func(record *kgo.Record) {
			value := append([]byte("t:"), record.Value...)
			session.Produce(ctx, &kgo.Record{Topic: job.To, Partition: record.Partition, Key: record.Key, Value: value}, nil)
		})
		if err := session.Client().Flush(ctx); err != nil {
			return err
		}
		// Aborted, it reads again from what is committed.
		committed, err := session.End(ctx, kgo.TransactionEndTry(index != 1))
		if err != nil {
			return err
		}
		if committed {
			missing -= fetches.NumRecords()
			say("ended", fields{"index": index, "end": "commit"})
		} else {
			say("ended", fields{"index": index, "end": "abort"})
		}
		index++
	}
	return nil
}
