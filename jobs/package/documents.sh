#!/bin/sh
# Places the documents and the examples: documents.sh FOLDER
#
# FOLDER, /usr/share/doc/wg-reconcile in the package, gets README.md, the articles in articles/ and the files of jobs/ in
# examples/. Links are changed to lead there.
set -eu
cd "$(dirname "$0")/../.."
folder=$1
articles=Sources/wg-reconcile/Documentation.docc

mkdir -p "$folder/articles" "$folder/examples/feeds" "$folder/examples/docker" "$folder/examples/hooks"
install -m 0644 jobs/*.json jobs/*.yml jobs/*.conf jobs/*.cron jobs/*.service jobs/*.timer "$folder/examples/"
install -m 0644 jobs/feeds/* "$folder/examples/feeds/"
install -m 0644 jobs/docker/* "$folder/examples/docker/"
install -m 0644 jobs/hooks/* "$folder/examples/hooks/"

# What tests use is not in the package.
sed -e '/fixtures\/README\.md/d' -e "s|$articles/|articles/|g" -e 's|(jobs/|(examples/|g' README.md >"$folder/README.md"
for article in "$articles"/*.md; do
    sed -e 's|(\.\./\.\./\.\./jobs/|(../examples/|g' -e 's|(\.\./\.\./\.\./README|(../README|g' "$article" \
        >"$folder/articles/$(basename "$article")"
done
for readme in README.md feeds/README.md; do
    sed -e "s|(\(\(\.\./\)*\)$articles/|(\1articles/|g" "jobs/$readme" >"$folder/examples/$readme"
done
