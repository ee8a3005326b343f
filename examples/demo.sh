#!/bin/sh
# What can ring3 do?  Runs the examples one after another, as an ordinary user: where this is root, as
# nobody, on copies that nobody can read.
set -eu
cd "$(dirname "$0")/.."
B=${BUILD:-build/release}
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT INT TERM
cp "$B"/ring3 "$B"/ring3_guest "$B"/libring3_agent.so "$B"/libring3_preload.so "$stage"/
for f in "$B"/examples/*; do
	case $f in *.d | *.o.d | *.skel.h) ;; *) cp "$f" "$stage"/ ;; esac
done
chmod -R a+rX "$stage"
as_user=
if [ "$(id -u)" -eq 0 ]; then
	as_user='setpriv --reuid=65534 --regid=65534 --clear-groups env -u XDG_RUNTIME_DIR'
	chown 65534:65534 "$stage"
fi
user() {
	printf '\n\033[1m$ %s\033[0m\n' "$*"
	# shellcheck disable=SC2086
	(cd "$stage" && $as_user "$@") && status=0 || status=$?
	[ $status -eq 0 ] || echo "exit status $status: $*" | tee -a "$stage/failed"
}

user ./ring3 version
user ./ring3 verify malloc_hist.bpf.o events.bpf.o xdp_filter.bpf.o
(cd "$stage" && ./make_pcap traffic.pcap && chmod a+r traffic.pcap)
user ./ring3 test xdp_filter.bpf.o filter --data-in traffic.pcap
user ./ring3 exec ./globals
user ./host plugin.bpf.o
user ./host bad_plugin.bpf.o
user ./ring3 run events.bpf.o -- env LC_ALL=C date
user ./ring3 run malloc_hist.bpf.o -- ls -lR /usr/include/linux --color=never | grep -v '^[-d/t]' | grep -v '^$'

# What a hit costs: the same program plain and probed, smallest of three rounds each.
best() { # command...
	m=
	for _ in 1 2 3; do
		# shellcheck disable=SC2086
		t=$(cd "$stage" && $as_user "$@" | head -n 1)
		m=$(printf '%s\n%s\n' "$t" "$m" | grep . | sort -n | head -n 1)
	done
	echo "$m"
}
if [ -e "$stage/failed" ]; then
	printf '\ndemo: these failed:\n%s\n' "$(cat "$stage/failed")" >&2
	exit 1
fi
plain=$(best ./mallocs)
counted=$(best ./ring3 run malloc_count.bpf.o -- ./mallocs)
timed=$(best ./ring3 run malloc_hist.bpf.o -- ./mallocs)
printf '\nmalloc + free, ns a call: plain %s, counted %s, sized and timed %s\n' "$plain" "$counted" "$timed"
awk -v p="$plain" -v c="$counted" -v t="$timed" 'BEGIN {
	printf "cost of a hit: %.1f ns (uprobe, per-CPU counter), %.1f ns (uprobe + uretprobe, 2 histograms, hash)\n",
		c - p, t - p }'
