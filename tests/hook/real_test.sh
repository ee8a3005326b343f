#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Do programs that others wrote do under eighteen probes what they do without, and is each call seen
# once when it begins and once when it ends?
set -u
build=${BUILD:-build/release}
dir=$(mktemp -d /tmp/ring3-real-XXXXXX)
server=
trap 'test -n "$server" && kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT PIPE TERM
object=$build/tests/hook/real.bpf.o
RING3_DIR=$dir/rt
export RING3_DIR
n=0 bad=0
seq 20000 | awk '{ print $1 * $1, "line" }' >"$dir/data"

verdict() { # description, status
	n=$((n + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		bad=1
		sed 's/^/# /' "$dir/why" | head -n 20
	fi
}

skip() { # description, reason
	n=$((n + 1))
	echo "ok $n # SKIP $1: $2"
}

# The first four functions return before their process ends.  N: at least so many hits of function K.
counted() { # K N
	python3 - "$dir/maps" "$1" "$2" <<'PY'
import json, sys
rows = [json.loads(l) for l in open(sys.argv[1]) if l.startswith("{")]
cells = {(r["map"], r["key"]): r["value"] for r in rows if r.get("map") in ("enter", "leave")}
print(cells, [r for r in rows if r.get("missed")])
assert cells["enter", int(sys.argv[2])] >= int(sys.argv[3])
for key in range(4):
    assert cells["enter", key] == cells["leave", key], key
assert not any(r["missed"] for r in rows if "missed" in r)
PY
}

same() { # name, shell command
	if ! command -v "$1" >/dev/null; then
		skip "$1" "not installed"
		return
	fi
	timeout 60 sh -c "$2" >"$dir/bare" 2>&1
	timeout 60 "$build/ring3" run --json "$object" -- sh -c "($2) >$dir/probed 2>&1" \
		>"$dir/maps" 2>"$dir/why" && cmp "$dir/bare" "$dir/probed" >>"$dir/why" &&
		counted 0 10 >>"$dir/why" 2>&1
	verdict "$1" $?
}

# A master that is root with workers that are not: each request is seen, also when the agent of the
# worker has had the time to look at the store.
nginx_workers() {
	if ! command -v nginx >/dev/null || [ "$(id -u)" -ne 0 ]; then
		skip nginx "not installed, or not root"
		return
	fi
	chmod 755 "$dir"
	cat >"$dir/conf" <<C
daemon off; worker_processes 2; pid $dir/pid; error_log $dir/log; user nobody nogroup;
events {}
http {
	access_log off;
	client_body_temp_path $dir/body;
	server { listen unix:$dir/socket; root $dir; }
}
C
	timeout 60 "$build/ring3" run --json "$object" -- nginx -c "$dir/conf" \
		>"$dir/maps" 2>"$dir/why" &
	i=0
	while [ ! -s "$dir/pid" ] && [ $i -lt 100 ]; do
		sleep 0.1
		i=$((i + 1))
	done
	server=$(cat "$dir/pid")
	sleep 1
	chmod 777 "$dir/socket"
	python3 - "$dir" <<'PY' >"$dir/client" 2>&1
import http.client, socket, sys
want = open(sys.argv[1] + "/data", "rb").read()
for _ in range(200):
    c = http.client.HTTPConnection("localhost")
    c.sock = socket.socket(socket.AF_UNIX)
    c.sock.connect(sys.argv[1] + "/socket")
    c.request("GET", "/data")
    assert c.getresponse().read() == want
    c.close()
PY
	client=$?
	kill -QUIT "$server"
	wait
	server=
	cat "$dir/client" >>"$dir/why"
	[ "$client" -eq 0 ] && counted 8 200 >>"$dir/why" 2>&1
	verdict nginx $?
}

same xz "xz -T2 -1 -c $dir/data | xz -d | cksum"
# shellcheck disable=SC2016
same perl 'perl -e '\''my %h; $h{$_ % 97} .= $_ for 1..20000; print map { length } sort values %h;
	eval { die "left\n" }; print $@; fork or exit 3; wait; print $? >> 8'\'
# shellcheck disable=SC2016
same bash 'bash -c '\''for i in 1 2 3; do (echo $i | cat); done; x=$(ls / | wc -l); echo $x
	trap "echo trapped" USR1; kill -USR1 $$; cat <(echo a); exec echo done'\'
same sqlite3 'echo "create table t(a, b); with recursive c(x) as (select 1 union all select x + 1
	from c where x < 5000) insert into t select x, hex(x) from c; create index i on t(b);
	select count(*), sum(a) from t where b > 50;" | sqlite3'
same openssl "openssl enc -aes-256-cbc -pbkdf2 -k x -S 0011223344556677 -in $dir/data | cksum"
same git 'git --no-pager -c safe.directory=* log --stat -n 20 | cksum'
nginx_workers
echo "1..$n"
exit $bad
