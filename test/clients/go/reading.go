package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const allWithin = 50 * time.Second

var fromStart = kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())

func isolated(level string) kgo.Opt {
	if level == "read_committed" {
		return kgo.FetchIsolationLevel(kgo.ReadCommitted())
	}
	return kgo.FetchIsolationLevel(kgo.ReadUncommitted())
}

func consume(job struct {
	at
	Topic      string
	Partitions int32
	Isolation  string
	Count      int
}) error {
	partitions := map[int32]kgo.Offset{}
	for i := range job.Partitions {
		partitions[i] = kgo.NewOffset().AtStart()
	}
	all := map[string]map[int32]kgo.Offset{job.Topic: partitions}
	client, err := newClient(job.at, kgo.ConsumePartitions(all), isolated(job.Isolation), kgo.FetchMaxWait(50*time.Millisecond))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), allWithin)
	defer cancel()
	for missing := job.Count; missing > 0; {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("%d records are missing: %w", missing, fetches.Err())
		}
		fetches.EachRecord(func(record *kgo.Record) {
			sayRecord(record)
			missing--
		})
	}
	return nil
}

func member(job struct {
	at
	Topic, Group, Protocol        string
	SessionTimeoutMs, HeartbeatMs int64
}) error {
	mine := &assigned{}
	options := []kgo.Opt{
		kgo.ConsumerGroup(job.Group), kgo.ConsumeTopics(job.Topic), fromStart, kgo.DisableAutoCommit(),
		kgo.FetchMaxWait(50 * time.Millisecond), kgo.BlockRebalanceOnPoll(), kgo.Balancers(kgo.RangeBalancer()),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, added map[string][]int32) { mine.change(added[job.Topic], nil) }),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, taken map[string][]int32) { mine.change(nil, taken[job.Topic]) }),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, taken map[string][]int32) { mine.change(nil, taken[job.Topic]) }),
	}
	if job.Protocol == "classic" {
		options = append(options, kgo.SessionTimeout(time.Duration(job.SessionTimeoutMs)*time.Millisecond),
			kgo.HeartbeatInterval(time.Duration(job.HeartbeatMs)*time.Millisecond))
	} else {
		options = append(options, kgo.ServerSideBalancer())
	}
	client, err := newClient(job.at, options...)
	if err != nil {
		return err
	}
	defer client.CloseAllowingRebalance()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-inputEnded()
		cancel()
	}()
	for ctx.Err() == nil {
		fetches := client.PollFetches(ctx)
		fetches.EachError(func(topic string, partition int32, err error) {
			if !errors.Is(err, context.Canceled) {
				fmt.Fprintf(os.Stderr, "%s-%d: %v\n", topic, partition, err)
			}
		})
		fetches.EachRecord(sayRecord)
		commit(client)
		client.AllowRebalance()
	}
	return nil
}

// What is not committed now is committed later, or read again by who has the partition then.
func commit(client *kgo.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := client.CommitUncommittedOffsets(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "not committed: %v\n", err)
	}
}

// What a member has, said whenever it changes.
type assigned struct {
	lock sync.Mutex
	mine []int32
}

func (a *assigned) change(added, taken []int32) {
	a.lock.Lock()
	defer a.lock.Unlock()
	a.mine = slices.DeleteFunc(a.mine, func(each int32) bool { return slices.Contains(taken, each) })
	for _, each := range added {
		if !slices.Contains(a.mine, each) {
			a.mine = append(a.mine, each)
		}
	}
	slices.Sort(a.mine)
	say("assigned", append([]int32{}, a.mine...))
}
