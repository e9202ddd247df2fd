package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	jsonrpc "github.com/filecoin-project/go-jsonrpc"
)

// A connection that is lost while two channels are open, and made again by go-jsonrpc itself.

type lostReport struct {
	// Of the channel that was open when the connection was lost: what had come when it ended.
	First  []InitializeAllEvent `json:"first"`
	Before []ShardInfo          `json:"before"`
	// A call while there is no connection.
	WhileLost string               `json:"whileLost"`
	Version   string               `json:"version"`
	Again     []InitializeAllEvent `json:"again"`
	After     []ShardInfo          `json:"after"`
	// A live channel of the new connection is told what happens.
	Told uint64 `json:"told"`
}

type lostAPI struct {
	// Tried by go-jsonrpc itself until there is a connection.
	Version                    func(context.Context) (APIVersion, error) `retry:"true"`
	DagstoreListShards         func(context.Context) ([]ShardInfo, error)
	BoostDagstoreInitializeAll func(context.Context, InitializeAllParams) (<-chan InitializeAllEvent, error)
	ClientGetRetrievalUpdates  func(context.Context) (<-chan RetrievalInfo, error)
	ClientImport               func(context.Context, FileRef) (*ImportRes, error)
	ClientRetrieve             func(context.Context, RetrievalOrder, *FileRef) error
}

// lost cuts the connection after the first event of a channel whose other events are still to come.
func lost(ctx context.Context, address, token, file string) (report lostReport, err error) {
	target, err := url.Parse(address)
	if err != nil {
		return report, err
	}
	line, err := newLine(target.Host)
	if err != nil {
		return report, err
	}
	defer line.listener.Close()
	target.Host = line.listener.Addr().String()

	var api lostAPI
	header := http.Header{"Authorization": {"Bearer " + token}, "Host": {line.target}}
	backoff := jsonrpc.WithReconnectBackoff(10*time.Millisecond, 100*time.Millisecond)
	closer, err := jsonrpc.NewMergeClient(ctx, target.String(), "Filecoin", []any{&api}, header, backoff)
	if err != nil {
		return report, err
	}
	defer closer()

	live, err := api.ClientGetRetrievalUpdates(ctx)
	if err != nil {
		return report, err
	}
	events, err := api.BoostDagstoreInitializeAll(ctx, InitializeAllParams{MaxConcurrency: 1})
	if err != nil {
		return report, err
	}
	report.First = append(report.First, <-events)
	line.cut()
	_, err = api.DagstoreListShards(ctx)
	report.WhileLost = failure(err)
	for event := range events {
		report.First = append(report.First, event)
	}
	for range live { // it ends, too
	}

	line.mend()
	version, err := api.Version(ctx)
	if err != nil {
		return report, err
	}
	report.Version = version.Version
	if report.Before, err = api.DagstoreListShards(ctx); err != nil {
		return report, err
	}
	if events, err = api.BoostDagstoreInitializeAll(ctx, InitializeAllParams{MaxConcurrency: 1}); err != nil {
		return report, err
	}
	for event := range events {
		report.Again = append(report.Again, event)
	}
	if report.After, err = api.DagstoreListShards(ctx); err != nil {
		return report, err
	}
	report.Told, err = retrieveAndListen(ctx, &api, file)
	return report, err
}

// retrieveAndListen retrieves while a channel tells of retrievals, and gives the last state that it tells of.
func retrieveAndListen(ctx context.Context, api *lostAPI, file string) (uint64, error) {
	listening, stop := context.WithCancel(ctx)
	defer stop()
	updates, err := api.ClientGetRetrievalUpdates(listening)
	if err != nil {
		return 0, err
	}
	imported, err := api.ClientImport(ctx, FileRef{Path: file})
	if err != nil {
		return 0, err
	}
	order := RetrievalOrder{Root: imported.Root, FromLocalCAR: "any", Total: "0"}
	if err := api.ClientRetrieve(ctx, order, &FileRef{Path: file + ".again"}); err != nil {
		return 0, err
	}
	var status uint64
	for update := range updates {
		if update.PayloadCID == imported.Root {
			status = update.Status
		}
		if status == 15 { // completed
			stop()
		}
	}
	return status, nil
}

// line forwards connections to Carport as long as it is not cut.
type line struct {
	listener net.Listener
	target   string
	lock     sync.Mutex
	isCut    bool
	open     map[net.Conn]bool
}

func newLine(target string) (*line, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	made := &line{listener: listener, target: target, open: map[net.Conn]bool{}}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			made.join(near)
		}
	}()
	return made, nil
}

func (l *line) join(near net.Conn) {
	far, err := net.Dial("tcp", l.target)
	l.lock.Lock()
	defer l.lock.Unlock()
	if err != nil || l.isCut {
		near.Close()
		if far != nil {
			far.Close()
		}
		return
	}
	l.open[near], l.open[far] = true, true
	forward := func(to, from net.Conn) {
		io.Copy(to, from)
		to.Close()
	}
	go forward(near, far)
	go forward(far, near)
}

func (l *line) cut() {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.isCut = true
	for connection := range l.open {
		connection.Close()
	}
	l.open = map[net.Conn]bool{}
}

func (l *line) mend() {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.isCut = false
}
