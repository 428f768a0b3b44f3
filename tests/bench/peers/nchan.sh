#!/bin/bash
# SPDX-License-Identifier: BSL-1.0
#
# nginx with nchan: /lp, /sse and /room of what is published by POST /pub or said in the room. One worker, no log, the
# memory store. Writes its port and runs until SIGTERM. Exit 77 = something is missing.
set -eu

module=/usr/lib/nginx/modules/ngx_nchan_module.so
PATH=$PATH:/usr/sbin
if ! command -v nginx >/dev/null || [ ! -e "$module" ]; then
  echo "nchan: nginx or its module is missing (Debian: libnginx-mod-nchan)" >&2
  exit 77
fi

folder=$(mktemp -d)
nginx=
stop() {
  if [ -n "$nginx" ]; then
    kill "$nginx" 2>/dev/null || true
    wait "$nginx" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 0' TERM INT

configure() {
  if [ "$(id -u)" = 0 ]; then echo "user root;"; fi
  cat <<END
load_module $module;
daemon off;
worker_processes 1;
worker_rlimit_nofile $(ulimit -n);
pid $folder/pid;
error_log $folder/error.log;
events { worker_connections $(($(ulimit -n) < 20000 ? $(ulimit -n) : 20000)); }
http {
  access_log off;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
$(for each in client_body proxy fastcgi uwsgi scgi; do echo "  ${each}_temp_path $folder/$each;"; done)
  nchan_max_reserved_memory 256M;
  server {
    listen 127.0.0.1:$1 backlog=4096;
    nchan_channel_id room;
    nchan_subscriber_first_message newest;
    location = /pub { nchan_publisher; }
    location = /lp { nchan_subscriber longpoll; nchan_subscriber_timeout 60s; }
    location = /sse { nchan_subscriber eventsource; }
    location = /room { nchan_pubsub websocket; }
  }
}
END
}

for _ in 1 2 3 4 5 6 7 8; do
  port=$((20000 + RANDOM % 12000))
  configure "$port" >"$folder/nginx.conf"
  nginx -p "$folder" -c "$folder/nginx.conf" -e "$folder/error.log" >/dev/null 2>&1 &
  nginx=$!
  for _ in $(seq 100); do
    kill -0 "$nginx" 2>/dev/null || break
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && grep -q . "$folder/pid" 2>/dev/null; then
      echo "$port"
      exec >/dev/null
      wait "$nginx" || true
      exit 0
    fi
    sleep 0.05
  done
  wait "$nginx" || true
done
echo "nchan: nginx did not start:" >&2
cat "$folder/error.log" >&2
exit 1
