// Calls a running Carport as programs of Lotus do, through go-jsonrpc, and prints what came of each call as JSON.
// src-main/server/rpc/go-jsonrpc.test.ts runs it and compares.
//
//	go-jsonrpc calls ADDRESS TOKEN FILE     every method; FILE is imported
//	go-jsonrpc lost ADDRESS TOKEN FILE      a connection that is lost
//	go-jsonrpc batches ADDRESS TOKEN        bodies that are read from stdin
//
// ADDRESS: http://… or ws://…, /rpc/v0 included.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sort"
	"strings"
	"time"

	jsonrpc "github.com/filecoin-project/go-jsonrpc"
)

// The types are those of Lotus' api package, as far as they cross the wire.

type Cid struct {
	Link string `json:"/"`
}

type ShardInfo struct{ Key, State, Error string }

type ShardResult struct {
	Key     string
	Success bool
	Error   string
}

type InitializeAllParams struct {
	MaxConcurrency int
	IncludeSealed  bool
}

type InitializeAllEvent struct {
	Key, Event     string
	Success        bool
	Error          string
	Total, Current int
}

type FileRef struct {
	Path  string
	IsCAR bool
}

type ImportRes struct {
	Root     Cid
	ImportID uint64
}

type Import struct {
	Key      uint64
	Err      string
	Root     *Cid
	Source   string
	FilePath string
	CARPath  string
}

type DataCIDSize struct {
	PayloadSize int64
	PieceSize   uint64
	PieceCID    Cid
}

type DataSize struct {
	PayloadSize int64
	PieceSize   uint64
}

type APIVersion struct {
	Version    string
	APIVersion uint32
	BlockDelay uint64
}

type DealInfo struct {
	ProposalCid   Cid
	State         uint64
	Message       string
	Provider      string
	PieceCID      *Cid
	Size          uint64
	PricePerEpoch string
	CreationTime  time.Time
}

type RetrievalOrder struct {
	Root         Cid
	Size         uint64
	FromLocalCAR string
	DataSelector *string
	Total        string
}

type RetrievalEvent struct {
	Event         uint64
	Status        uint64
	BytesReceived uint64
	FundsSpent    string
	Err           string
}

type RetrievalInfo struct {
	PayloadCID    Cid
	ID            uint64
	Status        uint64
	Provider      string
	BytesReceived uint64
}

type PieceInfo struct {
	PieceCID Cid
	Deals    []struct{ DealID, SectorID, Offset, Length uint64 }
}

type CIDInfo struct {
	CID                 Cid
	PieceBlockLocations []struct {
		RelOffset, BlockSize uint64
		PieceCID             Cid
	}
}

type CommPRet struct {
	Root Cid
	Size uint64
}

type API struct {
	Version               func(context.Context) (APIVersion, error)
	AuthVerify            func(context.Context, string) ([]string, error)
	AuthNew               func(context.Context, []string) ([]byte, error)
	DagstoreListShards    func(context.Context) ([]ShardInfo, error)
	DagstoreInitializeAll func(context.Context, InitializeAllParams) (<-chan InitializeAllEvent, error)

	DagstoreInitializeShard func(context.Context, string) error
	DagstoreRecoverShard    func(context.Context, string) error
	DagstoreRegisterShard   func(context.Context, string) error
	DagstoreLookupPieces    func(context.Context, Cid) ([]ShardInfo, error)
	DagstoreGC              func(context.Context) ([]ShardResult, error)

	ClientImport       func(context.Context, FileRef) (*ImportRes, error)
	ClientListImports  func(context.Context) ([]Import, error)
	ClientHasLocal     func(context.Context, Cid) (bool, error)
	ClientDealPieceCID func(context.Context, Cid) (DataCIDSize, error)
	ClientDealSize     func(context.Context, Cid) (DataSize, error)
	ClientRemoveImport func(context.Context, uint64) error
	ClientGenCar       func(context.Context, FileRef, string) error
	ClientCalcCommP    func(context.Context, string) (*CommPRet, error)

	ClientListDeals          func(context.Context) ([]DealInfo, error)
	ClientGetDealInfo        func(context.Context, Cid) (*DealInfo, error)
	ClientGetDealStatus      func(context.Context, uint64) (string, error)
	ClientGetDealUpdates     func(context.Context) (<-chan DealInfo, error)
	ClientRetrieve           func(context.Context, RetrievalOrder, *FileRef) error
	ClientRetrieveWithEvents func(context.Context, RetrievalOrder, *FileRef) (<-chan RetrievalEvent, error)
	ClientListRetrievals     func(context.Context) ([]RetrievalInfo, error)

	ClientCancelRetrievalDeal func(context.Context, uint64) error
	ClientListDataTransfers   func(context.Context) ([]any, error)

	PiecesListPieces   func(context.Context) ([]Cid, error)
	PiecesGetPieceInfo func(context.Context, Cid) (*PieceInfo, error)
	PiecesGetCIDInfo   func(context.Context, Cid) (*CIDInfo, error)

	Discover func(context.Context) (map[string]any, error)

	BoostDagstoreListShards                func(context.Context) ([]ShardInfo, error)
	BoostDagstoreGC                        func(context.Context) ([]ShardResult, error)
	BoostDagstoreRegisterShard             func(context.Context, string) error
	BoostDagstoreInitializeShard           func(context.Context, string) error
	BoostDagstoreRecoverShard              func(context.Context, string) error
	BoostDagstoreDestroyShard              func(context.Context, string) error
	BoostDagstorePiecesContainingMultihash func(context.Context, []byte) ([]Cid, error)
	BlockstoreGet                          func(context.Context, Cid) ([]byte, error)
	BlockstoreHas                          func(context.Context, Cid) (bool, error)
	BlockstoreGetSize                      func(context.Context, Cid) (int, error)
}

func main() {
	report, err := run(os.Args[1:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(report)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) (any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	switch {
	case len(args) == 4 && args[0] == "calls":
		return calls(ctx, args[1], args[2], args[3])
	case len(args) == 4 && args[0] == "lost":
		return lost(ctx, args[1], args[2], args[3])
	case len(args) == 3 && args[0] == "batches":
		return batches(args[1], args[2], os.Stdin)
	}
	return nil, errors.New("usage: go-jsonrpc calls|lost ADDRESS TOKEN FILE, go-jsonrpc batches ADDRESS TOKEN")
}

func calls(ctx context.Context, address, token, file string) (map[string]any, error) {
	var api API
	header := http.Header{"Authorization": []string{"Bearer " + token}}
	closer, err := jsonrpc.NewClient(ctx, address, "Filecoin", &api, header)
	if err != nil {
		return nil, err
	}
	defer closer()

	report := map[string]any{}
	common(ctx, &api, report)
	dagstore(ctx, &api, report)
	client(ctx, &api, file, report)
	pieces(ctx, &api, report)
	if strings.HasPrefix(address, "ws") {
		retrieveWithEvents(ctx, &api, file, report)
		updates(ctx, &api, report)
		cancelled(ctx, &api, report)
	}
	return report, nil
}

func common(ctx context.Context, api *API, report map[string]any) {
	version, err := api.Version(ctx)
	report["version"] = outcome(version, err)
	token, err := api.AuthNew(ctx, []string{"read", "write"})
	if err != nil {
		report["auth"] = err.Error()
		return
	}
	report["auth"] = outcome(api.AuthVerify(ctx, string(token)))
}

// dagstore initializes everything, which only a WebSocket can follow, and tries what must be refused.
func dagstore(ctx context.Context, api *API, report map[string]any) {
	events, err := api.DagstoreInitializeAll(ctx, InitializeAllParams{MaxConcurrency: 2})
	if err != nil {
		report["initializeAll"] = err.Error()
	} else {
		var all []InitializeAllEvent
		for event := range events {
			all = append(all, event)
		}
		report["initializeAll"] = all
	}
	shards, err := api.DagstoreListShards(ctx)
	report["shards"] = outcome(shards, err)
	sort.Slice(shards, func(i, j int) bool { return shards[i].Key < shards[j].Key })
	for _, shard := range shards {
		if shard.State == "ShardStateAvailable" {
			report["initializeTwice"] = failure(api.DagstoreInitializeShard(ctx, shard.Key))
			report["recoverHealthy"] = failure(api.DagstoreRecoverShard(ctx, shard.Key))
			report["registerAgain"] = failure(api.DagstoreRegisterShard(ctx, shard.Key))
			break
		}
	}
	report["initializeUnknown"] = failure(api.DagstoreInitializeShard(ctx, "no-such-shard"))
	report["lookupUnknown"] = outcome(api.DagstoreLookupPieces(ctx, Cid{"bafkqaaa"}))
	report["gc"] = outcome(api.DagstoreGC(ctx))
}

func client(ctx context.Context, api *API, path string, report map[string]any) {
	imported, err := api.ClientImport(ctx, FileRef{Path: path})
	if err != nil {
		report["import"] = err.Error()
		return
	}
	report["import"] = imported
	report["hasLocal"] = outcome(api.ClientHasLocal(ctx, imported.Root))
	report["piece"] = outcome(api.ClientDealPieceCID(ctx, imported.Root))
	report["imports"] = outcome(api.ClientListImports(ctx))
	report["genCar"] = failure(api.ClientGenCar(ctx, FileRef{Path: path}, path+".car"))
	report["commP"] = outcome(api.ClientCalcCommP(ctx, path+".car"))
	selector := "Links/0/Hash"
	part := RetrievalOrder{Root: imported.Root, FromLocalCAR: "any", DataSelector: &selector, Total: "0"}
	report["retrievePart"] = failure(api.ClientRetrieve(ctx, part, &FileRef{Path: path + ".part.car", IsCAR: true}))
	picking := `{"R":{"l":{"depth":2},":>":{"a":{">":{"@":{}}}}}}`
	picked := RetrievalOrder{Root: imported.Root, FromLocalCAR: "any", DataSelector: &picking, Total: "0"}
	report["retrievePicked"] = failure(api.ClientRetrieve(ctx, picked, &FileRef{Path: path + ".picked.car", IsCAR: true}))
	retrievals, err := api.ClientListRetrievals(ctx)
	report["retrievals"] = outcome(retrievals, err)
	if len(retrievals) > 0 {
		report["cancelEnded"] = failure(api.ClientCancelRetrievalDeal(ctx, retrievals[0].ID))
	}
	report["size"] = outcome(api.ClientDealSize(ctx, imported.Root))
	report["deals"] = outcome(api.ClientListDeals(ctx))
	report["dealUnknown"] = outcome(api.ClientGetDealInfo(ctx, imported.Root))
	report["dealStatus"] = outcome(api.ClientGetDealStatus(ctx, 7))
	report["dataTransfers"] = outcome(api.ClientListDataTransfers(ctx))
	report["remove"] = failure(api.ClientRemoveImport(ctx, imported.ImportID))
	report["removeAgain"] = failure(api.ClientRemoveImport(ctx, imported.ImportID))
	report["missingFile"] = outcome(api.ClientImport(ctx, FileRef{Path: path + ".missing"}))
}

// pieces asks for a piece and its first block as lotus-miner and Boost do.
func pieces(ctx context.Context, api *API, report map[string]any) {
	listed, err := api.PiecesListPieces(ctx)
	report["pieces"] = outcome(listed, err)
	if len(listed) > 0 {
		report["pieceInfo"] = outcome(api.PiecesGetPieceInfo(ctx, listed[0]))
	}
	unknown := Cid{"bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am"}
	report["cidInfoUnknown"] = outcome(api.PiecesGetCIDInfo(ctx, unknown))
	report["blockHas"] = outcome(api.BlockstoreHas(ctx, unknown))
	report["blockGetUnknown"] = outcome(api.BlockstoreGet(ctx, unknown))
	report["blockInline"] = outcome(api.BlockstoreGet(ctx, Cid{"bafkqacdjmrsw45djor4q"}))
	report["blockInlineSize"] = outcome(api.BlockstoreGetSize(ctx, Cid{"bafkqacdjmrsw45djor4q"}))
	report["multihashUnknown"] = outcome(api.BoostDagstorePiecesContainingMultihash(ctx, []byte{0x12, 0x04, 0xde, 0xad, 0xbe, 0xef}))
	shards, err := api.BoostDagstoreListShards(ctx)
	report["boostShards"] = outcome(shards, err)
	report["boostGC"] = outcome(api.BoostDagstoreGC(ctx))
	report["boostRegister"] = failure(api.BoostDagstoreRegisterShard(ctx, "no-cid"))
	report["boostInitialize"] = failure(api.BoostDagstoreInitializeShard(ctx, "no-such-shard"))
	report["boostRecover"] = failure(api.BoostDagstoreRecoverShard(ctx, "no-such-shard"))
	document, err := api.Discover(ctx)
	report["discover"] = outcome(document["openrpc"], err)
	report["destroyUnknown"] = failure(api.BoostDagstoreDestroyShard(ctx, "no-such-shard"))
}

func retrieveWithEvents(ctx context.Context, api *API, path string, report map[string]any) {
	imported, err := api.ClientImport(ctx, FileRef{Path: path})
	if err != nil {
		report["retrieve"] = err.Error()
		return
	}
	order := RetrievalOrder{Root: imported.Root, FromLocalCAR: "any", Total: "0"}
	events, err := api.ClientRetrieveWithEvents(ctx, order, &FileRef{Path: path + ".out"})
	if err != nil {
		report["retrieve"] = err.Error()
		return
	}
	var last RetrievalEvent
	for event := range events {
		last = event
	}
	report["retrieve"] = last
	report["removeRetrieved"] = failure(api.ClientRemoveImport(ctx, imported.ImportID))
}

// updates listens for deals, of which there are none: the call must be answered all the same, and end when it is told to.
func updates(ctx context.Context, api *API, report map[string]any) {
	stopped, stop := context.WithCancel(ctx)
	deals, err := api.ClientGetDealUpdates(stopped)
	stop()
	if err == nil {
		for range deals {
		}
	}
	report["updates"] = failure(err)
}

// cancelled stops to listen to a channel: it must end on this side, and the connection must stay good.
func cancelled(ctx context.Context, api *API, report map[string]any) {
	stopped, stop := context.WithCancel(ctx)
	events, err := api.DagstoreInitializeAll(stopped, InitializeAllParams{MaxConcurrency: 1, IncludeSealed: true})
	if err != nil {
		report["cancel"] = err.Error()
		stop()
		return
	}
	stop()
	for range events {
	}
	_, err = api.Version(ctx)
	report["cancel"] = failure(err)
}

func outcome(value any, err error) any {
	if err != nil {
		return map[string]string{"error": err.Error()}
	}
	return value
}

func failure(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
