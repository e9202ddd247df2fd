package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	jsonrpc "github.com/filecoin-project/go-jsonrpc"
)

// go-jsonrpc's client sends no batches, but its server takes them: every body is posted to it and to Carport.

// served has the methods that the bodies call, as Lotus declares them.
type served struct{}

func (served) Version(context.Context) (APIVersion, error)             { return APIVersion{Version: "go"}, nil }
func (served) AuthVerify(context.Context, string) ([]string, error)    { return nil, io.ErrUnexpectedEOF }
func (served) DagstoreListShards(context.Context) ([]ShardInfo, error) { return []ShardInfo{}, nil }
func (served) DagstoreInitializeShard(context.Context, string) error   { return io.ErrUnexpectedEOF }
func (served) DagstoreInitializeAll(context.Context, InitializeAllParams) (<-chan InitializeAllEvent, error) {
	return nil, io.ErrUnexpectedEOF
}

type answer struct {
	Status int    `json:"status"`
	Body   string `json:"body"`
}

type comparison struct {
	Body   string `json:"body"`
	Here   answer `json:"here"`
	There  answer `json:"there"`
	Failed string `json:"failed,omitempty"`
}

// batches posts each of the bodies, a JSON list of texts on stdin, to both servers.
func batches(address, token string, input io.Reader) ([]comparison, error) {
	var bodies []string
	if err := json.NewDecoder(input).Decode(&bodies); err != nil {
		return nil, err
	}
	server := jsonrpc.NewServer()
	server.Register("Filecoin", served{})
	there := httptest.NewServer(server)
	defer there.Close()

	var compared []comparison
	for _, body := range bodies {
		each := comparison{Body: body}
		var err error
		if each.Here, err = post(address, token, body); err == nil {
			each.There, err = post(there.URL, token, body)
		}
		each.Failed = failure(err)
		compared = append(compared, each)
	}
	return compared, nil
}

func post(address, token, body string) (answer, error) {
	request, err := http.NewRequest("POST", address, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, string(text)}, err
}
