# shellcheck shell=bash
# What has to be on the machine: Python, a JDK of 8, 11 or 17, Maven, Rust, a C++ compiler.
# What is missing is installed where the system's package manager can do it without a question,
# else the line to type is printed.

# ensure_tools ROOT: finds or installs them all; sets and exports JAVA_HOME and PATH.
ensure_tools() {
  ensure_command awk gawk
  ensure_command make make
  ensure_command c++ g++
  ensure_jdk
  ensure_command mvn maven
  ensure_rust "$1"
}

# ensure_command COMMAND PACKAGE
ensure_command() {
  command -v "$1" >/dev/null && return
  say "$1 is not here: installing the package $2"
  install_package "$2"
  hash -r
  command -v "$1" >/dev/null || die "the package $2 is installed, but there is no command $1"
}

# ensure_python: one that runs the package rigs.
ensure_python() {
  ensure_command python3 python3
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' ||
    die "Python 3.8 or newer is needed, $(command -v python3) is $(python3 -V 2>&1); put a newer python3 first in PATH"
}

ensure_jdk() {
  if ! find_jdk; then
    say "No JDK 8, 11 or 17 is here: installing one"
    install_first_package openjdk-17-jdk-headless java-17-openjdk-devel openjdk@17 \
      openjdk-11-jdk-headless java-11-openjdk-devel openjdk@11 openjdk-8-jdk-headless
    find_jdk || die "found no JDK 8, 11 or 17 after installing one; set JAVA_HOME to its folder"
  fi
  export JAVA_HOME PATH="$JAVA_HOME/bin:$PATH"
}

# find_jdk: sets JAVA_HOME and java_version, the first that fits of JAVA_HOME, PATH and the usual
# folders. A Java without compiler does not do.
find_jdk() {
  find_java_home javac
}

# find_java: the same, but a Java without compiler does, too.
find_java() {
  find_java_home java
}

# find_java_home COMMAND: one with that command in its bin folder.
find_java_home() {
  local home on_path=
  if command -v "$1" >/dev/null; then
    on_path=$(readlink -f "$(command -v "$1")")
    on_path=${on_path%"/bin/$1"}
  fi
  for home in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /opt/homebrew/opt/openjdk@*/libexec/*/*/Home; do
    [[ -n $home && -x $home/bin/$1 ]] || continue
    if is_flinks_java "$home"; then
      JAVA_HOME=$home
      return 0
    fi
  done
  return 1
}

# use_java HOME: what is started from now on runs on that one; it needs no compiler.
use_java() {
  is_flinks_java "$1" || die "there is no Java 8, 11 or 17 in $1: found ${java_version:-none}"
  JAVA_HOME=$1
}

# is_flinks_java HOME: one that Flink 1.12 runs on. Sets java_version.
is_flinks_java() {
  java_version=
  [[ -x $1/bin/java ]] || return 1
  java_version=$("$1/bin/java" -version 2>&1 | sed -nE 's/.* version "(1\.)?([0-9]+).*/\2/p')
  [[ $java_version == 8 || $java_version == 11 || $java_version == 17 ]]
}

# ensure_rust ROOT: a Rust at least as new as ROOT/Cargo.toml asks for, with rustfmt and clippy.
ensure_rust() {
  local wanted found
  wanted=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' "$1/Cargo.toml")
  if ! command -v cargo >/dev/null && [[ -x $HOME/.cargo/bin/cargo ]]; then
    PATH=$HOME/.cargo/bin:$PATH
  fi
  if ! command -v cargo >/dev/null; then
    if ! command -v rustup >/dev/null; then
      package_exists rustup ||
        die "Rust $wanted or newer is needed: install it as https://rustup.rs says, then run this again"
      install_package rustup
    fi
    rustup default stable || die "rustup could not install Rust: see above"
    PATH=$HOME/.cargo/bin:$PATH
  fi
  export PATH
  found=$(cargo --version | awk '{ print $2 }')
  if [[ $(printf '%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1) != "$wanted" ]]; then
    die "Rust $wanted or newer is needed, this is $found; type: rustup update stable"
  fi
}

# The package manager's name and how to call it without a question.
package_manager() {
  local manager
  for manager in apt-get dnf brew; do
    if command -v "$manager" >/dev/null; then
      echo "$manager"
      return
    fi
  done
  return 1
}

# package_exists PACKAGE: the package manager could install it.
package_exists() {
  case "$(package_manager)" in
    apt-get)
      update_package_lists
      apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [0-9]'
      ;;
    dnf) dnf -q list --available "$1" >/dev/null 2>&1 ;;
    brew) brew info "$1" >/dev/null 2>&1 ;;
    *) return 1 ;;
  esac
}

# install_first_package PACKAGE...: the first one that the package manager knows.
install_first_package() {
  local package
  for package in "$@"; do
    if package_exists "$package"; then
      install_package "$package"
      return
    fi
  done
  die "none of these packages can be had here: $*. Install one of them by hand, then run this again"
}

install_package() {
  local package=$1 manager
  manager=$(package_manager) || die "install $package by hand, then run this again"
  if [[ $manager == dnf && $package == g++ ]]; then
    package=gcc-c++
  fi
  if [[ $manager == brew ]]; then
    brew install -q "$package" </dev/null || die "type: brew install $package"
    return
  fi
  local line="sudo $manager install -y $package"
  can_be_root || die "$package is missing; type: $line"
  [[ $manager != apt-get ]] || update_package_lists
  as_root env DEBIAN_FRONTEND=noninteractive "$manager" install -y -q "$package" </dev/null >/dev/null ||
    die "$package could not be installed; type: $line"
}

package_lists_updated=no
update_package_lists() {
  [[ $package_lists_updated == no ]] || return 0
  package_lists_updated=yes
  if can_be_root; then
    as_root apt-get update -q >/dev/null || warn "apt-get update failed; going on with the lists that are here"
  fi
}

can_be_root() {
  [[ $(id -u) == 0 ]] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

# use_system_openssl: what cargo builds from here on links the system's OpenSSL where its headers are
# installed. To compile one takes minutes, and perl.
use_system_openssl() {
  if command -v pkg-config >/dev/null && pkg-config --atleast-version=3 openssl; then
    export OPENSSL_NO_VENDOR=1
  else
    ensure_command perl perl
  fi
}
