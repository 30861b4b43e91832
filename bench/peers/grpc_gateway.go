// grpc-gateway in front of the benchmarks' service, as its documentation shows it.
//
//	grpc_gateway LISTEN BACKEND     (host:port each)
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/grpc-ecosystem/grpc-gateway/runtime"
	"google.golang.org/grpc"

	benchpb "bench/v1"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: grpc_gateway LISTEN BACKEND")
	}
	mux := runtime.NewServeMux()
	options := []grpc.DialOption{grpc.WithInsecure()}
	if err := benchpb.RegisterStoreHandlerFromEndpoint(context.Background(), mux, os.Args[2], options); err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")
	log.Fatal(http.ListenAndServe(os.Args[1], mux))
}
