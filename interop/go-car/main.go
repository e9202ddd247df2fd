// Command go-car-oracle lets tests ask go-car, the reference implementation of CARv2, what it writes and reads. It takes
// one JSON request per line on standard input and answers each with one JSON line on standard output.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	carv2 "github.com/ipld/go-car/v2"
	"github.com/ipld/go-car/v2/blockstore"
	"github.com/ipld/go-car/v2/index"
	"github.com/multiformats/go-multicodec"
	"github.com/multiformats/go-multihash"
)

type block struct {
	Cid string `json:"cid"`
	// Base64.
	Data string `json:"data"`
}

type request struct {
	Op     string   `json:"op"`
	Path   string   `json:"path"`
	Out    string   `json:"out"`
	Roots  []string `json:"roots"`
	Blocks []block  `json:"blocks"`

	StoreIdentity   bool   `json:"storeIdentity"`
	AllowDuplicates bool   `json:"allowDuplicates"`
	WholeCids       bool   `json:"wholeCids"`
	CarV1           bool   `json:"carV1"`
	Codec           uint64 `json:"codec"`
	DataPadding     uint64 `json:"dataPadding"`
	IndexPadding    uint64 `json:"indexPadding"`
	ZeroAsEnd       bool   `json:"zeroLengthSectionAsEnd"`
	// Default 8 MiB.
	MaxSectionBytes uint64 `json:"maxSectionBytes"`
	// A selector in its JSON form.
	Selector string `json:"selector"`
	// Stop before Finalize, as a program that was killed.
	Discard bool `json:"discard"`

	// Of the benchmarks.
	Count      int  `json:"count"`
	BlockBytes int  `json:"blockBytes"`
	Finalize   bool `json:"finalize"`
}

type section struct {
	Cid    string `json:"cid"`
	Offset uint64 `json:"offset"`
	Size   uint64 `json:"size"`
}

type record struct {
	Multihash string `json:"multihash"`
	Offset    uint64 `json:"offset"`
}

type answer struct {
	Error    string    `json:"error,omitempty"`
	Version  uint64    `json:"version,omitempty"`
	Roots    []string  `json:"roots,omitempty"`
	Sections []section `json:"sections,omitempty"`
	Records  []record  `json:"records,omitempty"`
	// Blocks whose bytes a ReadOnly store gave for their CID.
	Found int `json:"found,omitempty"`
	// Of the benchmarks: what the work took, and the memory taken from the system for it, without mapped files.
	Seconds   float64 `json:"seconds,omitempty"`
	MemoryMiB uint64  `json:"memoryMiB,omitempty"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 256<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var req request
		var ans answer
		err := json.Unmarshal(in.Bytes(), &req)
		if err == nil {
			ans, err = handle(req)
		}
		if err != nil {
			ans.Error = err.Error()
		}
		if err := out.Encode(ans); err != nil {
			os.Exit(1)
		}
	}
}

func handle(req request) (answer, error) {
	switch req.Op {
	case "write":
		return answer{}, write(req)
	case "read":
		return read(req)
	case "generate-index":
		start := time.Now()
		err := generateIndex(req)
		return measured(start), err
	case "generate-index-mapped":
		return generateIndexMapped(req)
	case "verify-blocks":
		return verifyBlocks(req)
	case "random-gets":
		return randomGets(req)
	case "receive":
		return receive(req)
	case "list-index":
		return listIndex(req)
	case "wrap":
		return answer{}, carv2.WrapV1File(req.Path, req.Out)
	case "extract":
		return answer{}, carv2.ExtractV1File(req.Path, req.Out)
	case "select":
		return answer{}, selectDag(req)
	case "replace-roots":
		roots, err := parseCids(req.Roots)
		if err != nil {
			return answer{}, err
		}
		return answer{}, carv2.ReplaceRootsInFile(req.Path, roots)
	}
	return answer{}, fmt.Errorf("unknown op %q", req.Op)
}

func options(req request) []carv2.Option {
	opts := []carv2.Option{
		carv2.StoreIdentityCIDs(req.StoreIdentity),
		blockstore.AllowDuplicatePuts(req.AllowDuplicates),
		blockstore.UseWholeCIDs(req.WholeCids),
		blockstore.WriteAsCarV1(req.CarV1),
		carv2.UseDataPadding(req.DataPadding),
		carv2.UseIndexPadding(req.IndexPadding),
		carv2.ZeroLengthSectionAsEOF(req.ZeroAsEnd),
	}
	if req.Codec != 0 {
		opts = append(opts, carv2.UseIndexCodec(multicodec.Code(req.Codec)))
	}
	return append(opts, limits(req)...)
}

func limits(req request) []carv2.Option {
	if req.MaxSectionBytes == 0 {
		return nil
	}
	return []carv2.Option{carv2.MaxAllowedSectionSize(req.MaxSectionBytes)}
}

// write puts the blocks into a ReadWrite store: a new file, or one that is resumed.
func write(req request) error {
	roots, err := parseCids(req.Roots)
	if err != nil {
		return err
	}
	store, err := blockstore.OpenReadWrite(req.Path, roots, options(req)...)
	if err != nil {
		return err
	}
	for _, b := range req.Blocks {
		c, err := cid.Decode(b.Cid)
		if err != nil {
			return err
		}
		data, err := base64.StdEncoding.DecodeString(b.Data)
		if err != nil {
			return err
		}
		blk, err := blocks.NewBlockWithCid(data, c)
		if err != nil {
			return err
		}
		if err := store.Put(context.Background(), blk); err != nil {
			return err
		}
	}
	if req.Discard {
		store.Discard()
		return nil
	}
	return store.Finalize()
}

// read goes over the file in every way: its sections with their hashes, its index, and each block by its CID.
func read(req request) (answer, error) {
	ans := answer{}
	file, err := os.Open(req.Path)
	if err != nil {
		return ans, err
	}
	defer file.Close()
	if err := readSections(file, req, &ans); err != nil {
		return ans, err
	}
	if err := readIndex(req, &ans); err != nil {
		return ans, err
	}
	return ans, getAll(req, &ans)
}

func readSections(file *os.File, req request, ans *answer) error {
	opts := append(limits(req), carv2.ZeroLengthSectionAsEOF(req.ZeroAsEnd))
	checking, err := carv2.NewBlockReader(file, opts...)
	if err != nil {
		return err
	}
	ans.Version = checking.Version
	for _, root := range checking.Roots {
		ans.Roots = append(ans.Roots, root.String())
	}
	for {
		if _, err := checking.Next(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	skipping, err := carv2.NewBlockReader(file, opts...)
	if err != nil {
		return err
	}
	for {
		at, err := skipping.SkipNext()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		ans.Sections = append(ans.Sections, section{at.Cid.String(), at.Offset, at.Size})
	}
}

func readIndex(req request, ans *answer) error {
	reader, err := carv2.OpenReader(req.Path)
	if err != nil {
		return err
	}
	defer reader.Close()
	if reader.Version != 2 {
		return nil
	}
	source, err := reader.IndexReader()
	if err != nil || source == nil {
		return err
	}
	ans.Records, err = records(source)
	return err
}

func getAll(req request, ans *answer) error {
	store, err := blockstore.OpenReadOnly(req.Path, options(req)...)
	if err != nil {
		return err
	}
	defer store.Close()
	for _, s := range ans.Sections {
		c, err := cid.Decode(s.Cid)
		if err != nil {
			return err
		}
		blk, err := store.Get(context.Background(), c)
		if err != nil {
			return fmt.Errorf("get %s: %w", c, err)
		}
		sum, err := c.Prefix().Sum(blk.RawData())
		if err != nil {
			return err
		}
		if sum.Equals(c) {
			ans.Found++
		}
	}
	return nil
}

func generateIndex(req request) error {
	opts := []carv2.Option{
		carv2.StoreIdentityCIDs(req.StoreIdentity),
		carv2.ZeroLengthSectionAsEOF(req.ZeroAsEnd),
	}
	if req.Codec != 0 {
		opts = append(opts, carv2.UseIndexCodec(multicodec.Code(req.Codec)))
	}
	idx, err := carv2.GenerateIndexFromFile(req.Path, opts...)
	if err != nil {
		return err
	}
	out, err := os.Create(req.Out)
	if err != nil {
		return err
	}
	defer out.Close()
	_, err = index.WriteTo(idx, out)
	return err
}

func listIndex(req request) (answer, error) {
	file, err := os.Open(req.Path)
	if err != nil {
		return answer{}, err
	}
	defer file.Close()
	all, err := records(file)
	return answer{Records: all}, err
}

func records(source io.Reader) ([]record, error) {
	idx, err := index.ReadFrom(source)
	if err != nil {
		return nil, err
	}
	iterable, ok := idx.(index.IterableIndex)
	if !ok {
		return nil, nil
	}
	all := []record{}
	err = iterable.ForEach(func(mh multihash.Multihash, offset uint64) error {
		all = append(all, record{hex.EncodeToString(mh), offset})
		return nil
	})
	return all, err
}

func parseCids(texts []string) ([]cid.Cid, error) {
	cids := []cid.Cid{}
	for _, text := range texts {
		c, err := cid.Decode(text)
		if err != nil {
			return nil, err
		}
		cids = append(cids, c)
	}
	return cids, nil
}
