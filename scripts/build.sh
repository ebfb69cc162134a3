# Builds the command for the launcher. To be sourced; written for bash 3.2 and newer.
# Everything it has to say goes to stderr: stdout belongs to the command.

# Whether something the command is made of is newer than what was built, or is gone.
is_stale() {
  local part
  [[ -f $stamp && -f $classpath && -f $jar ]] || return 0
  while IFS= read -r -d : part; do
    [[ -r $part ]] || return 0
  done <<<"$(<"$classpath"):"
  [[ -n $(find "$root/pom.xml" "$root"/*/pom.xml "$root"/*/src/main -newer "$stamp" -print -quit) ]]
}

# Builds unless somebody else just did: two commands may be started at the same moment.
build_once() {
  mkdir -p "$root/target" 2>/dev/null && [[ -w $root/target ]] || {
    echo "Concordat has to be built first, and $root cannot be written: build it there as a user" \
      "who may, with ./concordat --version" >&2
    exit 1
  }
  take_lock
  trap 'rm -rf "$lock"' EXIT
  trap 'exit 130' INT TERM
  if is_stale; then
    build
  fi
  rm -rf "$lock"
  trap - EXIT INT TERM
}

take_lock() {
  local holder said=
  while ! mkdir "$lock" 2>/dev/null; do
    holder=$(cat "$lock/pid" 2>/dev/null || true)
    if [[ -n $holder ]] && ! kill -0 "$holder" 2>/dev/null; then
      rm -rf "$lock" # its holder died
      continue
    fi
    [[ -n $said ]] || echo "Waiting for another command that is building Concordat" >&2
    said=yes
    sleep 0.2
  done
  echo $$ >"$lock/pid"
}

build() {
  local seconds=$SECONDS status=0 fresh=$stamp.new
  mkdir -p "$root/$out"
  touch "$fresh" # what changes from now on is not in this build
  echo "Building Concordat, once (JDK: $JAVA_HOME)" >&2
  (
    cd "$root"
    ./mvnw -B -Dstyle.color=never -Dquick -Dbuild.folder="$out" -pl concordat-cli -am package \
      </dev/null 2>&1
  ) | tee "$log" | show_progress || status=$?
  if [[ $status -ne 0 ]]; then
    echo "The build failed. Its last errors:" >&2
    grep -E '^\[ERROR\] [^ ]|mvnw|rror:' "$log" | head -5 >&2 || tail -5 "$log" >&2
    echo "The full log: $log" >&2
    exit 1
  fi
  archive_classes
  mv "$fresh" "$stamp"
  echo "Built in $((SECONDS - seconds)) s" >&2
}

# One line for each module; in a terminal also how many files were fetched for it.
show_progress() {
  local line fetched=0 module=
  while IFS= read -r line; do
    case $line in
      *'] Building '*'['*/*']')
        [[ $line =~ Building\ (.*)\ [^\ ]+\ +\[([0-9]+/[0-9]+)\] ]] || continue
        end_line
        fetched=0 module="  ${BASH_REMATCH[2]}  ${BASH_REMATCH[1]}"
        printf '%s' "$module" >&2
        [[ -t 2 ]] || echo >&2
        ;;
      *'] Downloaded from '*)
        fetched=$((fetched + 1))
        [[ ! -t 2 || -z $module ]] || printf '\r%s  (%d files fetched)' "$module" "$fetched" >&2
        ;;
    esac
  done
  end_line
}

end_line() {
  [[ ! -t 2 || -z $module ]] || echo >&2
}

# Runs the command once to see which classes it needs, and keeps them for faster starts.
archive_classes() {
  rm -f "$archive"
  "$JAVA_HOME/bin/java" -XX:ArchiveClassesAtExit="$archive" -Xlog:disable \
    -cp "$jar:$(<"$classpath")" dev.concordat.cli.Main --help >/dev/null 2>&1 || rm -f "$archive"
}
