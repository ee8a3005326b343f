#!/bin/sh
# Does what `make install` puts in place work from there: the command, the shared library, pkg-config?
set -u
. tests/cli/lib.sh
# A host of a library with a sanitizer has it too.
case $(basename "$BUILD") in
asan) sanitizer=-fsanitize=address,undefined ;;
tsan) sanitizer=-fsanitize=thread ;;
*) sanitizer= ;;
esac
make -s V="$(basename "$BUILD")" install PREFIX="$stage/inst" >"$stage/out" 2>&1
ok 'make install' $?
chmod -R a+rX "$stage/inst"
expect 'the command finds its agent' 0 'hits, 0 missed' \
	inst/bin/ring3 run malloc_count.bpf.o -- ls /
PKG_CONFIG_PATH=$stage/inst/lib/pkgconfig
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
${CC:-gcc} -Wall -Werror $sanitizer examples/host.c -o "$stage/host_shared" \
	$(pkg-config --cflags --libs ring3) -Wl,-rpath,"$stage/inst/lib" >"$stage/out" 2>&1
ok 'a host compiles with pkg-config' $?
expect 'a host linked with the shared library' 0 '^/admin/users -> 403$' ./host_shared plugin.bpf.o
for page in man1/ring3.1 man3/libring3.3 man7/ring3-reasons.7 man7/ring3-isa.7; do
	[ -s "$stage/inst/share/man/$page" ]
	ok "man page $page" $?
done
printf '#include <ring3/ring3.h>\n#include <ring3/bpf.h>\nint main() { return 0; }\n' >"$stage/t.cc"
if command -v g++ >/dev/null; then
	g++ -std=c++17 -Wall -Wextra -Werror -I"$stage/inst/include" -fsyntax-only "$stage/t.cc" >"$stage/out" 2>&1
	ok 'the headers are C++ clean' $?
fi
finish
