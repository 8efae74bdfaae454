#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Rebuilds every committed .wasm file: the examples of this crate and of bounds, and the programs of
# testsuite/guests and testsuite/corpus.
#
#     usermode/build.sh                  rebuild in place
#     usermode/build.sh --check          rebuild elsewhere and compare with the committed files
#     usermode/build.sh --out DIR        rebuild into DIR (same tree as the repository)
#     --toolchain debian|rustup          instead of looking for one
#     --only corpus|guests               the programs of testsuite/corpus, or all others
#
# The committed files come from Debian 12's packages (the versions are in REFERENCE below); with the same packages the
# result is the same bit for bit, wherever the checkout lies. Other compilers give programs that do the same and are
# other bytes.
#
# Exit codes: 0 done, or all the same; 1 a file differs or a build failed; 2 usage; 3 no toolchain, or not the one whose
# bytes could be compared.
set -eu
export LC_ALL=C

REFERENCE='rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)
cargo 1.96.0 (30a34c682 2026-05-25) (built from a source tarball)
Debian clang version 14.0.6
Debian LLD 14.0.6'

usermode=$(cd "$(dirname "$0")" && pwd -P)
root=$(dirname "$usermode")
target=wasm32-unknown-unknown

die() {
	code=$1
	shift
	echo "build.sh: $*" >&2
	exit "$code"
}

check=no out=$root toolchain= only=
while [ $# -gt 0 ]; do
	case $1 in
	--check) check=yes ;;
	--out) [ $# -ge 2 ] || die 2 '--out wants a directory'; shift; mkdir -p "$1"; out=$(cd "$1" && pwd -P) ;;
	--toolchain) [ $# -ge 2 ] || die 2 '--toolchain wants debian or rustup'; shift; toolchain=$1 ;;
	--only) [ $# -ge 2 ] || die 2 '--only wants corpus or guests'; shift; only=$1 ;;
	-h | --help) sed -n '/^# Rebuilds/,/^set /{s/^# \{0,1\}//;/^set /d;p;}' "$0"; exit 0 ;;
	*) die 2 "unknown argument \`$1'; see --help" ;;
	esac
	shift
done

case $only in '' | corpus | guests) ;; *) die 2 '--only wants corpus or guests' ;; esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
[ $check = no ] || out=$work/out

# --- Which Rust. Debian's first: its bytes are the committed ones. ---------------------------------------------------

debian_rust() {
	[ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -d "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library" ] &&
		command -v wasm-ld >/dev/null
}

rustup_rust() {
	command -v cargo >/dev/null && command -v rustc >/dev/null &&
		[ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]
}

case $toolchain in
'') if debian_rust; then toolchain=debian; elif rustup_rust; then toolchain=rustup; else
	die 3 "no Rust for $target: apt-get install rustc-web cargo-web rust-web-src lld clang, or rustup target add $target"
fi ;;
debian) debian_rust || die 3 'apt-get install rustc-web cargo-web rust-web-src lld clang' ;;
rustup) rustup_rust || die 3 "rustup target add $target" ;;
*) die 2 '--toolchain wants debian or rustup' ;;
esac

# Whatever the caller has set for other builds must not reach these.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_BUILD_TARGET RUSTUP_TOOLCHAIN RUSTC_WRAPPER \
	RUSTC_WORKSPACE_WRAPPER CFLAGS 2>/dev/null || true
build_std= build_core=
if [ $toolchain = debian ]; then
	cargo=/usr/bin/cargo
	RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld
	export RUSTC RUSTC_BOOTSTRAP CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER
	build_std=-Zbuild-std=std,panic_abort build_core=-Zbuild-std=core
else
	cargo=cargo RUSTC=$(command -v rustc)
fi

# --- Which C. --------------------------------------------------------------------------------------------------------

if command -v clang >/dev/null && command -v wasm-ld >/dev/null; then
	cc='clang --target=wasm32' cc_version=$(clang --version | head -n 1)
elif python3 -m ziglang version >/dev/null 2>&1; then
	cc='python3 -m ziglang cc -target wasm32-freestanding' cc_version="zig $(python3 -m ziglang version)"
else
	die 3 'no C compiler for wasm32: apt-get install clang lld, or pip install ziglang'
fi

found="$($RUSTC --version)
$($cargo --version)
$cc_version
$(wasm-ld --version 2>/dev/null || echo 'no wasm-ld')"
echo "$found" | sed 's/^/using: /'

# --- Rust. -----------------------------------------------------------------------------------------------------------

CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/guests
export CARGO_TARGET_DIR

# Source paths end up in panic messages. Every root that they can start with is replaced by a fixed word; of two that
# match, the later flag wins.
remap_flags() {
	sysroot=$($RUSTC --print sysroot)
	src=$sysroot/lib/rustlib/src/rust
	flags="--remap-path-prefix=$root=cervus --remap-path-prefix=$CARGO_TARGET_DIR=target"
	flags="$flags --remap-path-prefix=$src=rust --remap-path-prefix=$(readlink -f "$src")=rust"
	for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do
		flags="$flags --remap-path-prefix=${registry%/}=crates"
	done
	echo "$flags"
}

# build_rust FOLDER DESTINATION PROFILE SOURCES [FLAG...]: the examples of the package in FOLDER whose sources match.
build_rust() {
	folder=$1 destination=$2 profile=$3 sources=$4
	shift 4
	# First, because the folders of the registry must be there when the flags are made.
	(cd "$root/$folder" && $cargo fetch --quiet --locked)
	mkdir -p "$out/$destination"
	(
		cd "$root/$folder"
		RUSTFLAGS=$(remap_flags) $cargo build --quiet --locked --profile "$profile" --target $target "$@" --examples
		# Only what has a source: the folder may hold files of an older build.
		for source in $sources; do
			name=$(basename "$source" .rs)
			# Copied without the executable bit that the linker sets.
			cat "$CARGO_TARGET_DIR/$target/$profile/examples/$name.wasm" >"$out/$destination/$name.wasm"
		done
	)
}

if [ "$only" != corpus ]; then
	build_rust usermode usermode/examples release 'examples/*.rs' $build_std
	build_rust usermode/bounds usermode/bounds/wasm/O2 fast 'examples/*.rs' $build_core
	build_rust usermode/bounds usermode/bounds/wasm/Oz small 'examples/*.rs' $build_core
	build_rust testsuite/guests testsuite/guests/wasm release 'examples/*.rs' $build_std
fi
if [ "$only" != guests ]; then
	build_rust testsuite/corpus/rust testsuite/corpus/wasm/rust/O2 release 'shapes/*.rs published/*.rs' $build_core
	build_rust testsuite/corpus/rust testsuite/corpus/wasm/rust/Oz small 'shapes/*.rs published/*.rs' $build_core
fi

# --- C. --------------------------------------------------------------------------------------------------------------

# build_c SOURCE DESTINATION EXPORT STRIP [FLAG...]
build_c() {
	source=$1 destination=$2 export=$3 strip=$4
	shift 4
	mkdir -p "$(dirname "$out/$destination")"
	(
		# From the root, by relative names: the compiler then knows no other path.
		cd "$root"
		$cc -std=c11 -O2 -Wall -Wextra -nostdlib -ffreestanding "$@" \
			-Wl,--no-entry "-Wl,--export=$export" "-Wl,$strip" -o "$work/c.wasm" "$source"
	)
	cat "$work/c.wasm" >"$out/$destination"
}

if [ "$only" != corpus ]; then
	build_c usermode/examples/c/primes.c usermode/examples/c/primes.wasm __app_main --strip-all -I usermode/include
	for source in "$root"/testsuite/guests/c/*.c; do
		name=$(basename "$source" .c)
		build_c "testsuite/guests/c/$name.c" "testsuite/guests/wasm/c_$name.wasm" run --strip-debug
	done
fi

# The corpus exports by attribute. Its loops must not turn into calls of a library.
build_corpus() {
	for level in O0 O2 O3 Oz; do
		name=testsuite/corpus/wasm/c/$level/$(basename "$1" .c).wasm
		mkdir -p "$(dirname "$out/$name")"
		(
			cd "$root"
			$cc -std=gnu11 -$level -Wall -Wextra -nostdlib -ffreestanding -fno-builtin -mbulk-memory \
				-Wl,--no-entry -Wl,--strip-debug -o "$work/c.wasm" "$1"
		)
		cat "$work/c.wasm" >"$out/$name"
	done
}

if [ "$only" != guests ]; then
	for source in "$root"/testsuite/corpus/c/*/*.c; do
		build_corpus "${source#"$root"/}"
	done
fi

# --- Compare. --------------------------------------------------------------------------------------------------------

[ $check = yes ] || exit 0
differ=0 same=0
guests='usermode/examples/*.wasm usermode/examples/c/*.wasm usermode/bounds/wasm/*/*.wasm testsuite/guests/wasm/*.wasm'
corpus='testsuite/corpus/wasm/*/*/*.wasm'
case $only in
'') files="$guests $corpus" ;;
guests) files=$guests ;;
corpus) files=$corpus ;;
esac
cd "$out"
for file in $files; do
	if cmp -s "$file" "$root/$file"; then
		same=$((same + 1))
	else
		differ=$((differ + 1))
		echo "differs: $file"
	fi
done
cd "$root"
for file in $files; do
	[ -e "$out/$file" ] || { differ=$((differ + 1)); echo "no source: $file"; }
done
echo "$same the same, $differ not"
[ $differ -gt 0 ] || exit 0
[ "$found" = "$REFERENCE" ] || die 3 "these are not the compilers of the committed files, so other bytes are no fault; those were:
$REFERENCE"
exit 1
