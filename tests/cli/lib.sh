# What do the command-line tests share?  TAP, an ordinary user, a scratch folder.  Sourced.
BUILD=${BUILD:-build/release}
n=0 bad=0
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
trap 'exit 1' HUP INT PIPE TERM
cp "$BUILD"/ring3 "$BUILD"/ring3_guest "$BUILD"/libring3_agent.so "$BUILD"/libring3_preload.so "$stage"/
cp "$BUILD"/examples/*.bpf.o "$stage"/
for f in globals host make_pcap mallocs; do cp "$BUILD/examples/$f" "$stage"/; done
chmod -R a+rX "$stage"
as_user=
if [ "$(id -u)" -eq 0 ]; then
	chown 65534:65534 "$stage"
	as_user='setpriv --reuid=65534 --regid=65534 --clear-groups'
fi
RING3_DIR=$stage/run
export RING3_DIR
unset XDG_RUNTIME_DIR || true

user() { # shellcheck disable=SC2086
	(cd "$stage" && $as_user "$@")
}

ok() { # description, status of the check
	n=$((n + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		bad=1
		sed 's/^/# /' "$stage/out" "$stage/err" 2>/dev/null | head -n 20
	fi
}

# expect DESCRIPTION STATUS PATTERN COMMAND...: exit status and an extended regular expression that the
# output must contain.
expect() {
	what=$1 want=$2 pattern=$3
	shift 3
	user "$@" >"$stage/out" 2>"$stage/err" </dev/null
	got=$?
	if [ "$got" -ne "$want" ]; then
		echo "# exit status $got, expected $want"
		ok "$what" 1
	elif ! cat "$stage/out" "$stage/err" | grep -qE -e "$pattern"; then
		echo "# no line matches: $pattern"
		ok "$what" 1
	else
		ok "$what" 0
	fi
}

finish() {
	echo "1..$n"
	exit $bad
}
