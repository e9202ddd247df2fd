package main

import (
	"context"
	"fmt"
	"io"
	"math/rand"
	"os"
	"runtime"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	carv2 "github.com/ipld/go-car/v2"
	"github.com/ipld/go-car/v2/blockstore"
	"github.com/ipld/go-car/v2/index"
	"github.com/multiformats/go-multihash"
)

// What the benchmarks ask. Each answers with the seconds of the work alone: without the time to prepare it, and
// without the time of talking to this program.

// generateIndexMapped is what `car index create` does: the CAR is mapped into memory.
func generateIndexMapped(req request) (answer, error) {
	start := time.Now()
	reader, err := carv2.OpenReader(req.Path)
	if err != nil {
		return answer{}, err
	}
	defer reader.Close()
	data, err := reader.DataReader()
	if err != nil {
		return answer{}, err
	}
	idx, err := carv2.GenerateIndex(data)
	if err != nil {
		return answer{}, err
	}
	out, err := os.Create(req.Out)
	if err != nil {
		return answer{}, err
	}
	defer out.Close()
	_, err = index.WriteTo(idx, out)
	return measured(start), err
}

// verifyBlocks hashes every block, as `car verify` does.
func verifyBlocks(req request) (answer, error) {
	start := time.Now()
	file, err := os.Open(req.Path)
	if err != nil {
		return answer{}, err
	}
	defer file.Close()
	reader, err := carv2.NewBlockReader(file)
	if err != nil {
		return answer{}, err
	}
	for {
		if _, err := reader.Next(); err == io.EOF {
			return measured(start), nil
		} else if err != nil {
			return answer{}, err
		}
	}
}

// randomGets reads blocks from a ReadOnly store, one after another. go-car does not hash them.
func randomGets(req request) (answer, error) {
	file, err := os.Open(req.Path)
	if err != nil {
		return answer{}, err
	}
	defer file.Close()
	reader, err := carv2.NewBlockReader(file)
	if err != nil {
		return answer{}, err
	}
	cids := []cid.Cid{}
	for {
		at, err := reader.SkipNext()
		if err == io.EOF {
			break
		} else if err != nil {
			return answer{}, err
		}
		cids = append(cids, at.Cid)
	}
	store, err := blockstore.OpenReadOnly(req.Path)
	if err != nil {
		return answer{}, err
	}
	defer store.Close()
	random := rand.New(rand.NewSource(6))
	start := time.Now()
	for i := 0; i < req.Count; i++ {
		if _, err := store.Get(context.Background(), cids[random.Intn(len(cids))]); err != nil {
			return answer{}, err
		}
	}
	return measured(start), nil
}

// receive hashes blocks, compares the digests with their CIDs and puts them into a ReadWrite store; with `finalize`
// until that is done too. go-car makes nothing durable.
func receive(req request) (answer, error) {
	all, err := randomBlocks(req.Count, req.BlockBytes)
	if err != nil {
		return answer{}, err
	}
	start := time.Now()
	store, err := blockstore.OpenReadWrite(req.Path, []cid.Cid{all[0].Cid()})
	if err != nil {
		return answer{}, err
	}
	for _, block := range all {
		sum, err := block.Cid().Prefix().Sum(block.RawData())
		if err != nil {
			return answer{}, err
		}
		if !sum.Equals(block.Cid()) {
			return answer{}, fmt.Errorf("%s does not hash to its bytes", block.Cid())
		}
		if err := store.Put(context.Background(), block); err != nil {
			return answer{}, err
		}
	}
	if req.Finalize {
		err := store.Finalize()
		return measured(start), err
	}
	ans := measured(start)
	store.Discard()
	return ans, nil
}

func randomBlocks(count int, size int) ([]blocks.Block, error) {
	random := rand.New(rand.NewSource(7))
	prefix := cid.Prefix{Version: 1, Codec: cid.Raw, MhType: multihash.SHA2_256, MhLength: 32}
	all := make([]blocks.Block, count)
	for i := range all {
		data := make([]byte, size)
		random.Read(data)
		c, err := prefix.Sum(data)
		if err != nil {
			return nil, err
		}
		if all[i], err = blocks.NewBlockWithCid(data, c); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func measured(start time.Time) answer {
	seconds := time.Since(start).Seconds()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return answer{Seconds: seconds, MemoryMiB: memory.Sys >> 20}
}
