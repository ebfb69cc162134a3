# Finds a JDK that can build and run Concordat. To be sourced; written for bash 3.2 and newer.

jdk_oldest=21

# The feature release (21, 25, ...) of the JDK in folder $1; 0 if it holds none.
jdk_release() {
  local version=
  [[ -x $1/bin/java && -x $1/bin/javac ]] || { echo 0; return; }
  if [[ -r $1/release ]]; then
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
  elif [[ -e $1/lib/modules ]]; then # without that file it is no JDK, or only a stand-in for one
    version=$("$1/bin/java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
  fi
  echo "${version:-0}"
}

# The folder of the JDK that the command $1 on the PATH belongs to, through all symbolic links.
jdk_of_command() {
  local file link
  file=$(command -v "$1" 2>/dev/null) || return 0
  while [[ -L $file ]]; do
    link=$(readlink "$file")
    [[ $link == /* ]] || link=$(dirname "$file")/$link
    file=$link
  done
  (cd "$(dirname "$file")/.." 2>/dev/null && pwd -P) || true
}

# The folders where systems and tools usually put JDKs.
jdk_usual_folders() {
  local home=${HOME:-/nonexistent}
  printf '%s\n' /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /usr/local/java/* /opt/* /opt/java/* \
    "$home"/.sdkman/candidates/java/* "$home"/.jdks/* "$home"/.asdf/installs/java/* \
    "$home"/.local/share/mise/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "$home"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home
}

# Prints the folder of a JDK: JAVA_HOME if it is new enough, else the PATH's, else the newest one
# in the usual folders. Without any, says what to install and fails.
find_jdk() {
  local folder release best= best_release=0
  for folder in "${JAVA_HOME:-}" "$(jdk_of_command javac)" "$(jdk_of_command java)"; do
    if [[ -n $folder && $(jdk_release "$folder") -ge $jdk_oldest ]]; then
      echo "$folder"
      return
    fi
  done
  while IFS= read -r folder; do
    release=$(jdk_release "$folder")
    if [[ $release -ge $jdk_oldest && $release -gt $best_release ]]; then
      best=$folder best_release=$release
    fi
  done < <(jdk_usual_folders)
  if [[ -z $best ]]; then
    echo "Concordat needs a JDK, version $jdk_oldest or newer, and found none: install one (for" \
      "example Temurin 25 from https://adoptium.net) or point JAVA_HOME to it." >&2
    return 1
  fi
  echo "$best"
}
