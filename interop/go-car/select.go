package main

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/ipfs/go-cid"
	format "github.com/ipfs/go-ipld-format"
	"github.com/ipfs/go-unixfsnode"
	"github.com/ipld/go-car/v2/blockstore"
	dagpb "github.com/ipld/go-codec-dagpb"
	_ "github.com/ipld/go-ipld-prime/codec/dagcbor"
	_ "github.com/ipld/go-ipld-prime/codec/dagjson"
	_ "github.com/ipld/go-ipld-prime/codec/raw"
	"github.com/ipld/go-ipld-prime/datamodel"
	"github.com/ipld/go-ipld-prime/linking"
	cidlink "github.com/ipld/go-ipld-prime/linking/cid"
	"github.com/ipld/go-ipld-prime/node/basicnode"
	"github.com/ipld/go-ipld-prime/traversal"
	"github.com/ipld/go-ipld-prime/traversal/selector"
	"github.com/ipld/go-ipld-prime/traversal/selector/parse"
)

const dagPbCodec = 0x70

// selectDag copies the blocks that a selector reads below a root into a CARv2, as `car get-dag --selector` does. A few
// selectors that parse make go-ipld-prime panic.
func selectDag(req request) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	roots, err := parseCids(req.Roots)
	if err != nil {
		return err
	}
	source, err := blockstore.OpenReadOnly(req.Path)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := blockstore.OpenReadWrite(req.Out, roots)
	if err != nil {
		return err
	}
	if err := walk(source, target, roots[0], req.Selector); err != nil {
		target.Discard()
		return err
	}
	return target.Finalize()
}

func walk(source *blockstore.ReadOnly, target *blockstore.ReadWrite, root cid.Cid, text string) error {
	spec, err := selectorparse.ParseJSONSelector(text)
	if err != nil {
		return err
	}
	compiled, err := selector.CompileSelector(spec)
	if err != nil {
		return err
	}
	system := copying(source, target)
	first := cidlink.Link{Cid: root}
	prototype, _ := prototypeOf(first, linking.LinkContext{})
	node, err := system.Load(linking.LinkContext{}, first, prototype)
	if err != nil {
		return err
	}
	config := &traversal.Config{LinkSystem: system, LinkTargetNodePrototypeChooser: prototypeOf}
	return traversal.Progress{Cfg: config}.WalkMatching(node, compiled, readLargeBytes)
}

// copying is a link system that puts whatever it reads into target. What is not there is passed over.
func copying(source *blockstore.ReadOnly, target *blockstore.ReadWrite) linking.LinkSystem {
	system := cidlink.DefaultLinkSystem()
	system.TrustedStorage = true
	system.KnownReifiers = map[string]linking.NodeReifier{"unixfs": unixfsnode.Reify}
	system.StorageReadOpener = func(_ linking.LinkContext, link datamodel.Link) (io.Reader, error) {
		at, ok := link.(cidlink.Link)
		if !ok {
			return nil, fmt.Errorf("%v is no CID", link)
		}
		block, err := source.Get(context.Background(), at.Cid)
		if format.IsNotFound(err) {
			return nil, traversal.SkipMe{}
		}
		if err != nil {
			return nil, err
		}
		return bytes.NewReader(block.RawData()), target.Put(context.Background(), block)
	}
	return system
}

func prototypeOf(link datamodel.Link, _ linking.LinkContext) (datamodel.NodePrototype, error) {
	if at, ok := link.(cidlink.Link); ok && at.Cid.Prefix().Codec == dagPbCodec {
		return dagpb.Type.PBNode, nil
	}
	return basicnode.Prototype.Any, nil
}

func readLargeBytes(_ traversal.Progress, node datamodel.Node) error {
	large, ok := node.(datamodel.LargeBytesNode)
	if !ok {
		return nil
	}
	content, err := large.AsLargeBytes()
	if err != nil {
		return nil
	}
	_, err = io.Copy(io.Discard, content)
	return err
}
