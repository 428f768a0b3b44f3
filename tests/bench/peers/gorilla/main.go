// SPDX-License-Identifier: BSL-1.0

// gorilla/websocket, as its users write it: /echo sends back, /room sends to all. Writes its port to the standard output.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
)

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func echo(w http.ResponseWriter, r *http.Request) {
	connection, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer connection.Close()
	for {
		kind, data, err := connection.ReadMessage()
		if err != nil || connection.WriteMessage(kind, data) != nil {
			return
		}
	}
}

type member chan *websocket.PreparedMessage

var room = struct {
	sync.Mutex
	members map[member]bool
}{members: map[member]bool{}}

func (m member) writeTo(connection *websocket.Conn) {
	for message := range m {
		if connection.WritePreparedMessage(message) != nil {
			return
		}
	}
}

func say(data []byte) {
	message, err := websocket.NewPreparedMessage(websocket.TextMessage, data)
	if err != nil {
		return
	}
	room.Lock()
	defer room.Unlock()
	for each := range room.members {
		each <- message
	}
}

func join(w http.ResponseWriter, r *http.Request) {
	connection, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer connection.Close()
	self := make(member, 64)
	go self.writeTo(connection)
	room.Lock()
	room.members[self] = true
	room.Unlock()
	defer func() {
		room.Lock()
		delete(room.members, self)
		room.Unlock()
		close(self)
	}()
	for {
		_, data, err := connection.ReadMessage()
		if err != nil {
			return
		}
		say(data)
	}
}

func main() {
	http.HandleFunc("/echo", echo)
	http.HandleFunc("/room", join)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, nil))
}
