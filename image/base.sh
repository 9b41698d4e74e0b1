#!/usr/bin/env bash
# Bring a Debian root made by `debootstrap --variant=minbase` near to the published slim image: base.sh ROOT
set -euo pipefail
root=$1

forget_what_the_installation_left() {
  rm -rf "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  rm -rf "$root"/var/log/*.log "$root"/var/log/apt "$root"/var/cache/ldconfig/aux-cache "$root"/etc/*-
  rm -f "$root/etc/resolv.conf" "$root/etc/hostname"
  : >"$root/etc/machine-id"
}

drop_what_nobody_reads() {
  rm -rf "$root"/usr/share/{man,info}/* "$root/usr/share/lintian"
  find "$root/usr/share/locale" -mindepth 1 -maxdepth 1 ! -name locale.alias -exec rm -rf {} +
  find "$root/usr/share/doc" -mindepth 2 ! -type d ! -name copyright -delete
  find "$root/usr/share/doc" -mindepth 1 -type d -empty -delete
}

keep_it_so() {
  mkdir -p "$root"/etc/dpkg/dpkg.cfg.d "$root"/etc/apt/{apt.conf.d,sources.list.d}
  printf '%s\n' 'path-exclude=/usr/share/man/*' \
    'path-exclude=/usr/share/doc/*' 'path-include=/usr/share/doc/*/copyright' \
    'path-exclude=/usr/share/locale/*' 'path-include=/usr/share/locale/locale.alias' \
    >"$root/etc/dpkg/dpkg.cfg.d/slim"
  printf '%s\n' 'Dir::Cache::pkgcache "";' 'Dir::Cache::srcpkgcache "";' 'Acquire::Languages "none";' \
    'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };' \
    >"$root/etc/apt/apt.conf.d/slim"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no service is started in a container
  chmod 755 "$root/usr/sbin/policy-rc.d"
}

# Security updates come from sources that debootstrap does not know.
take_over_the_machines_sources() {
  local sources=/etc/apt/sources.list.d/debian.sources
  if [ -f "$sources" ]; then
    cp "$sources" "$root$sources"
    rm -f "$root/etc/apt/sources.list"
  fi
}

forget_what_the_installation_left
drop_what_nobody_reads
keep_it_so
take_over_the_machines_sources
