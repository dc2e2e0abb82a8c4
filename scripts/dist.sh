#!/bin/sh
# Packs launcher, jars and papers into dist/tcpreplay-j-VERSION.tar.gz; the same tree gives the same bytes.
set -eu
version=$(sed -n 's:^  <version>\(.*\)</version>:\1:p' pom.xml | head -n 1)
name=tcpreplay-j-$version
rm -rf "dist/$name"
mkdir -p "dist/$name"
cp tcpreplay-j README.md CHANGELOG.md ARCHITECTURE.md cli/target/tcpreplay-j.jar "dist/$name/"
cp -r cli/target/lib "dist/$name/lib"
tar -C dist --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw -c "$name" |
    gzip -n9 >"dist/$name.tar.gz"
rm -rf "dist/${name:?}"
"$PWD/tcpreplay-j" --version >/dev/null
sha256sum "dist/$name.tar.gz"
