package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

type operation struct {
	Op, Topic, Group, Principal string
	Partitions, Partition       int32
	Count                       int
	Config                      map[string]*string
	Before, Offset              int64
}

func administer(job struct {
	at
	Operations []operation
}) error {
	client, err := newClient(job.at)
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	for _, each := range job.Operations {
		did := fields{"op": each.Op}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		if err := call(ctx, admin, each, did); err != nil {
			did["error"] = err.Error()
		}
		cancel()
		say("did", did)
	}
	return nil
}

func call(ctx context.Context, admin *kadm.Client, with operation, did fields) error {
	acls := kadm.NewACLs().Topics(with.Topic).ResourcePatternType(kadm.ACLPatternLiteral)
	switch with.Op {
	case "describe-cluster":
		found, err := admin.BrokerMetadata(ctx)
		did["clusterId"], did["brokers"] = found.Cluster, len(found.Brokers)
		return err
	case "create-topic":
		_, err := admin.CreateTopic(ctx, with.Partitions, -1, with.Config, with.Topic)
		return err
	case "list-topics":
		found, err := admin.ListTopics(ctx)
		did["topics"] = found.Names()
		return err
	case "describe-topic":
		partitions, err := partitionsOf(ctx, admin, with.Topic)
		did["partitions"] = partitions
		return err
	case "create-partitions":
		done, err := admin.UpdatePartitions(ctx, with.Count, with.Topic)
		return first(err, done.Error())
	case "describe-configs":
		found, err := admin.DescribeTopicConfigs(ctx, with.Topic)
		if err != nil {
			return err
		}
		config := map[string]*string{}
		resource, err := found.On(with.Topic, nil)
		for _, each := range resource.Configs {
			config[each.Key] = each.Value
		}
		did["config"] = config
		return first(err, resource.Err)
	case "alter-configs":
		var changes []kadm.AlterConfig
		for name, value := range with.Config {
			changes = append(changes, kadm.AlterConfig{Op: kadm.SetConfig, Name: name, Value: value})
		}
		done, err := admin.AlterTopicConfigs(ctx, changes, with.Topic)
		for _, each := range done {
			err = first(err, each.Err)
		}
		return err
	case "list-offsets":
		partitions, err := partitionsOf(ctx, admin, with.Topic)
		if err != nil {
			return err
		}
		starts, err := admin.ListStartOffsets(ctx, with.Topic)
		if err = first(err, starts.Error()); err != nil {
			return err
		}
		ends, err := admin.ListEndOffsets(ctx, with.Topic)
		if err = first(err, ends.Error()); err != nil {
			return err
		}
		earliest, latest := make([]int64, partitions), make([]int64, partitions)
		for i := range partitions {
			start, _ := starts.Lookup(with.Topic, int32(i))
			end, _ := ends.Lookup(with.Topic, int32(i))
			earliest[i], latest[i] = start.Offset, end.Offset
		}
		did["earliest"], did["latest"] = earliest, latest
		return nil
	case "delete-records":
		done, err := admin.DeleteRecords(ctx, at1(with.Topic, with.Partition, with.Before))
		return first(err, done.Error())
	case "list-groups":
		found, err := admin.ListGroups(ctx)
		did["groups"] = found.Groups()
		return err
	case "describe-group":
		found, err := admin.DescribeGroups(ctx, with.Group)
		group := found[with.Group]
		did["state"], did["members"] = group.State, len(group.Members)
		return first(err, group.Err)
	case "group-offsets":
		partitions, err := partitionsOf(ctx, admin, with.Topic)
		if err != nil {
			return err
		}
		found, err := admin.FetchOffsets(ctx, with.Group)
		offsets := make([]*int64, partitions)
		for i := range offsets {
			if committed, known := found.Lookup(with.Topic, int32(i)); known {
				offsets[i] = &committed.At
			}
		}
		did["offsets"] = offsets
		return err
	case "alter-group-offsets":
		done, err := admin.CommitOffsets(ctx, with.Group, at1(with.Topic, with.Partition, with.Offset))
		return first(err, done.Error())
	case "delete-group":
		done, err := admin.DeleteGroups(ctx, with.Group)
		return first(err, done.Error())
	case "create-acl":
		done, err := admin.CreateACLs(ctx, acls.Allow(with.Principal).AllowHosts("*").Operations(kadm.OpRead))
		for _, each := range done {
			err = first(err, each.Err)
		}
		return err
	case "describe-acls":
		found, err := admin.DescribeACLs(ctx, anyone(acls))
		count := 0
		for _, each := range found {
			err = first(err, each.Err)
			count += len(each.Described)
		}
		did["acls"] = count
		return err
	case "delete-acls":
		found, err := admin.DeleteACLs(ctx, anyone(acls))
		count := 0
		for _, each := range found {
			err = first(err, each.Err)
			count += len(each.Deleted)
		}
		did["acls"] = count
		return err
	case "delete-topic":
		done, err := admin.DeleteTopics(ctx, with.Topic)
		return first(err, done.Error())
	default:
		return fmt.Errorf("no such operation: %s", with.Op)
	}
}

func anyone(acls *kadm.ACLBuilder) *kadm.ACLBuilder {
	return acls.Allow().AllowHosts().Deny().DenyHosts().Operations()
}

func at1(topic string, partition int32, offset int64) kadm.Offsets {
	var all kadm.Offsets
	all.AddOffset(topic, partition, offset, -1)
	return all
}

func partitionsOf(ctx context.Context, admin *kadm.Client, topic string) (int, error) {
	found, err := admin.ListTopics(ctx, topic)
	return len(found[topic].Partitions), first(err, found[topic].Err)
}

func first(errors ...error) error {
	for _, err := range errors {
		if err != nil {
			return err
		}
	}
	return nil
}
