// Command go-dagstore opens a dagstore directory with Go's dagstore module, acquires every shard, and says in JSON what it
// found. Arguments: the directory, and the folder of pieces that lotus://<piece CID> names. With `bench OP COUNT` before
// them it says how long something takes instead; see bench.go.
//
// go.mod asks for the newest version. v0.5.2.mod and v0.4.3.mod ask for those that Lotus v1.25 and v1.11.2 had, with the
// modules that these had, too: `go build -modfile v0.5.2.mod -tags v0.5.2`.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/filecoin-project/dagstore"
	"github.com/filecoin-project/dagstore/index"
	"github.com/filecoin-project/dagstore/mount"
	"github.com/filecoin-project/dagstore/shard"
	levelds "github.com/ipfs/go-ds-leveldb"
	ldbopts "github.com/syndtr/goleveldb/leveldb/opt"
)

// pieceMount is a file of the folder of pieces.
type pieceMount struct {
	mount.FileMount
	piece string
}

func (p *pieceMount) path() string { return filepath.Join(pieces(), p.piece) }

func (p *pieceMount) Fetch(context.Context) (mount.Reader, error) { return os.Open(p.path()) }

func (p *pieceMount) Info() mount.Info {
	return mount.Info{Kind: mount.KindLocal, AccessSequential: true, AccessSeek: true, AccessRandom: true}
}

func (p *pieceMount) Stat(context.Context) (mount.Stat, error) {
	info, err := os.Stat(p.path())
	if err != nil {
		return mount.Stat{}, nil
	}
	return mount.Stat{Exists: true, Size: info.Size(), Ready: true}, nil
}

func (p *pieceMount) Serialize() *url.URL { return &url.URL{Host: p.piece} }

func (p *pieceMount) Deserialize(u *url.URL) error {
	p.piece = u.Host
	return nil
}

func (p *pieceMount) Close() error { return nil }

// found is what became of one shard.
type found struct {
	State string `json:"state"`
	Error string `json:"error"`
	// Hex sha256 of each block, by CID.
	Blocks map[string]string `json:"blocks"`
	// Blocks for which the inverted index names this shard.
	LookedUp int `json:"lookedUp"`
	// What the first acquire said, where an Available shard had to be recovered.
	Recovered string `json:"recovered,omitempty"`
}

func main() {
	answer, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		os.Exit(1)
	}
}

func run(arguments []string) (any, error) {
	if len(arguments) == 5 && arguments[0] == "bench" {
		count, err := strconv.Atoi(arguments[2])
		if err != nil {
			return nil, err
		}
		return bench(arguments[1], arguments[3], count)
	}
	return readAll(arguments[0])
}

// open opens and starts a dagstore as Lotus configures it.
func open(root string) (*dagstore.DAGStore, func(), error) {
	datastore, err := levelds.NewDatastore(filepath.Join(root, "datastore"), &levelds.Options{
		Compression: ldbopts.NoCompression,
		Strict:      ldbopts.StrictAll,
	})
	if err != nil {
		return nil, nil, err
	}
	repo, err := index.NewFSRepo(filepath.Join(root, "index"))
	if err != nil {
		return nil, nil, err
	}
	registry := mount.NewRegistry()
	if err := registry.Register("lotus", &pieceMount{}); err != nil {
		return nil, nil, err
	}
	config := dagstore.Config{
		TransientsDir:  filepath.Join(root, "transients"),
		IndexRepo:      repo,
		Datastore:      datastore,
		MountRegistry:  registry,
		RecoverOnStart: dagstore.RecoverOnAcquire, // as Lotus does
	}
	withInverted(&config, datastore)
	store, err := dagstore.NewDAGStore(config)
	if err != nil {
		return nil, nil, err
	}
	if err := store.Start(context.Background()); err != nil {
		return nil, nil, err
	}
	return store, func() {
		store.Close()
		datastore.Close()
	}, nil
}

func readAll(root string) (map[string]found, error) {
	store, closeAll, err := open(root)
	if err != nil {
		return nil, err
	}
	defer closeAll()
	shards := map[string]found{}
	for key, info := range store.AllShardsInfo() {
		result := found{State: info.ShardState.String(), Blocks: map[string]string{}}
		err := read(context.Background(), store, key, &result)
		if err != nil && result.State == "ShardStateAvailable" {
			result.Recovered = err.Error()
			if err = recoverShard(context.Background(), store, key); err == nil {
				err = read(context.Background(), store, key, &result)
			}
		}
		if err != nil {
			result.Error = err.Error()
		}
		shards[key.String()] = result
	}
	return shards, nil
}

// recoverShard does what `lotus-miner dagstore recover-shard` does, once the failure has been taken notice of.
func recoverShard(ctx context.Context, store *dagstore.DAGStore, key shard.Key) error {
	for {
		info, err := store.GetShardInfo(key)
		if err != nil {
			return err
		}
		if info.ShardState == dagstore.ShardStateErrored {
			break
		}
		time.Sleep(time.Millisecond)
	}
	results := make(chan dagstore.ShardResult, 1)
	if err := store.RecoverShard(ctx, key, results, dagstore.RecoverOpts{}); err != nil {
		return err
	}
	return (<-results).Error
}

func read(ctx context.Context, store *dagstore.DAGStore, key shard.Key, into *found) error {
	results := make(chan dagstore.ShardResult, 1)
	if err := store.AcquireShard(ctx, key, results, dagstore.AcquireOpts{}); err != nil {
		return err
	}
	result := <-results
	if result.Error != nil {
		return result.Error
	}
	defer result.Accessor.Close()
	blockstore, err := result.Accessor.Blockstore()
	if err != nil {
		return err
	}
	cids, err := blockstore.AllKeysChan(ctx)
	if err != nil {
		return err
	}
	for c := range cids {
		data, err := get(ctx, blockstore, c)
		if err != nil {
			return err
		}
		digest := sha256.Sum256(data)
		into.Blocks[c.String()] = hex.EncodeToString(digest[:])
		keys, err := holders(ctx, store, c)
		if err != nil {
			continue
		}
		for _, holder := range keys {
			if holder == key {
				into.LookedUp++
			}
		}
	}
	return nil
}

// pieces is the folder of the files that lotus://<name> names.
func pieces() string { return os.Args[len(os.Args)-1] }
