#!/bin/sh
# Tells a Sentby collector which partner's code a product was installed with. MIT.
# POSIX sh with awk, sed, od, and curl or wget. A command: sentby-install.sh resolve|report|claim-line [the installer's
# arguments], sentby-install.sh partner CODE. Sourced: sentby_report "$@" and so on. Settings are variables SENTBY_…, see
# docs/install-sdk.md. Prints one word or line, and succeeds whatever happens. What is read is never run.
sentby_code() { # the canonical form of what somebody typed; "none"; nothing where it is no code
  [ ${#1} -le 64 ] || return 0
  c=$(printf %s "$1" | tr -d ' \t\r\n._-' | tr a-z A-Z)
  case $c in NONE) printf none ;; ? | *[!A-Z0-9]*) ;; *) [ ${#c} -gt 32 ] || printf %s "$c" ;; esac
}
sentby_token() { # a stamp's token; "none"; nothing
  case $1 in [Nn][Oo][Nn][Ee]) printf none ;; *[!A-Za-z0-9._-]*) ;; *) [ ${#1} -gt 512 ] || printf %s "$1" ;; esac
}
sentby_small() { [ -f "$1" ] && [ -r "$1" ] && [ "$(wc -c <"$1")" -le "$2" ]; }
sentby_stamp() { # the token of a stamp file: 1 KiB at most, one line
  sentby_small "$1" 1024 && [ "$(tr -d 'A-Za-z0-9._\n-' <"$1" | wc -c)" -eq 0 ] || return 0
  t=$(cat "$1") && lines=$(wc -l <"$1") && [ "$lines" -le 1 ] || return 0
  [ $((${#t} + lines)) -ne "$(wc -c <"$1")" ] || sentby_token "$t"
}
sentby_config() { # the first "partner": "…" of a JSON file, or the first line PARTNER=… of another
  sentby_small "$1" 65536 || return 0
  case $(tr -d ' \t\r\n' <"$1" | head -c 1) in
    '{') tr '\r\n' '  ' <"$1" | awk 'match($0, /"partner"[ \t]*:[ \t]*"[^"\\]*"/) {
        v = substr($0, RSTART, RLENGTH - 1); sub(/.*"/, "", v); print v }' ;;
    *) awk -v own="${prefix}_PARTNER" '{ sub(/\r$/, ""); sub(/^[ \t]*/, ""); sub(/^export /, ""); at = index($0, "=")
        k = toupper(substr($0, 1, at - 1)); sub(/[ \t]*$/, "", k); v = substr($0, at + 1) }
        k == "PARTNER" || k == own { gsub(/^[ \t]+|[ \t]+$/, "", v); gsub(/^["\047]|["\047]$/, "", v); print v; exit }' <"$1" ;;
  esac
}
sentby_add() { # one more claim: its source and value; "none" ends the search
  [ -n "$2" ] && [ -z "$closed" ] || return 0
  case "|$claims" in *"|$1:$2|"*) return 0 ;; esac
  [ "$2" != none ] || closed=1
  [ $((count += 1)) -gt 15 ] && [ -z "$closed" ] || claims="$claims$1:$2|"
}
sentby_search() { # sets $claims: "source:value|" for each, the strongest first
  set +eu -f; unset IFS; LC_ALL=C; export LC_ALL
  claims='' closed='' count=0 flag=''
  prefix=$(printf %s "$SENTBY_PRODUCT" | tr -c 'A-Za-z0-9' _ | tr a-z A-Z | sed 's/^[0-9]/_&/')
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    case $1 in --no-partner) given=none ;; --partner=*) given=${1#*=} ;; --partner) given=${2-} ;; *) given= ;; esac
    case $1/$given in --partner/-*) ;; *"/"*[![:space:]]*) [ -z "$given" ] || flag=$given ;; esac
    shift
  done
  sentby_add flag "$(sentby_code "$flag")"
  sentby_add env "$(sentby_code "$(awk -v name="${prefix}_PARTNER" 'BEGIN { printf "%s", ENVIRON[name] }')")"
  sentby_add env "$(sentby_code "$SENTBY_PARTNER")"
  IFS='
'
  for file in $SENTBY_CONFIG; do sentby_add config "$(sentby_code "$(sentby_config "$file")")"; done
  if [ -z "$claims" ] && [ -n "$SENTBY_PROMPT" ] && [ -t 2 ] && (: </dev/tty) 2>/dev/null; then
    printf %s "$SENTBY_PROMPT" >&2 && IFS= read -r answer </dev/tty && sentby_add prompt "$(sentby_code "$answer")"
  fi
  sentby_add stamp "$(sentby_token "$SENTBY_STAMP")"
  for file in $SENTBY_STAMPS; do sentby_add stamp "$(sentby_stamp "$file")"; done
  unset IFS
  case $SENTBY_URL in http://* | https://*)
    token=$(printf %s "${SENTBY_URL%%[?#]*}" | sed -n 's|.*/dl/\(s[0-9]\.[A-Za-z0-9._-]*\)/.*|\1|p')
    via=$(printf %s "${SENTBY_URL%%#*}" | tr '?&' '\n\n' | sed -n 's/^via=//p' | head -n 1)
    if [ -n "$token" ]; then sentby_add stamp "$(sentby_token "$token")"; else sentby_add url "$(sentby_code "$via")"; fi ;;
  esac
  named=$(printf %s "${SENTBY_SELF##*/}" | sed -n 's/$/./; s/.*-ref_\([A-Za-z0-9]*\)[. (].*/\1/p')
  sentby_add filename "$(sentby_code "$named")"
}
sentby_resolve() (sentby_search "$@"; printf %s "$claims" | tr '|' '\n')

sentby_escape() { # each byte but A-Z a-z 0-9 - . _ ~ as %XX
  printf %s "$1" | od -An -v -tu1 | awk '{ for (n = 1; n <= NF; n++) { c = sprintf("%c", $n + 0)
    printf "%s", $n < 128 && c ~ /[A-Za-z0-9._~-]/ ? c : sprintf("%%%02X", $n) } }'
}
sentby_check() { # a line with its Adler-32
  printf '%s&check=' "$1"
  printf %s "$1" | od -An -v -tu1 | awk 'BEGIN { a = 1 } { for (n = 1; n <= NF; n++) { a = (a + $n) % 65521; b = (b + a) % 65521 } }
    END { printf "%04x%04x\n", b, a }'
}
sentby_id() { od -An -v -N16 -tx1 /dev/urandom | tr -d ' \n' | sed 's/\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)/\1-\2-4\3-a\4-/'; }
sentby_kept() { sed -n "s/^$1=\([!-~]*\)\$/\1/p" "$SENTBY_STORE" 2>/dev/null | head -n "${2:-1}"; }
sentby_state() { # what is kept of the installation, and its id: the product's own, the kept one, or a new one
  install=$(sentby_kept install) native=$(sentby_kept native) parent=$(sentby_kept parent) receipt=$(sentby_kept receipt)
  visitor=$(sentby_kept visitor) noticed=$(sentby_kept noticed) code=$(sentby_kept code) own=$SENTBY_INSTALL ephemeral='' copy=''
  pending=$(sentby_kept pending 8 | grep '^sentby1:[A-Za-z0-9%&=._~-]*$')
  [ -n "$install$own" ] || ephemeral=true
  if [ -n "$own" ] && [ "$own" != "$native" ]; then
    [ "$own" = "$install" ] || receipt='' parent=${install:-$parent}
    install=$own native=$own
  fi
  install=${install:-$(sentby_id)} at=$(sentby_escape "${SENTBY_AT:-$(date -u +%Y-%m-%dT%H:%M:%S.000Z)}")
  fresh="sentby1:product=$(sentby_escape "$SENTBY_PRODUCT")&install=$(sentby_escape "$install")"
  fresh="$fresh${SENTBY_VERSION:+&version=$(sentby_escape "$SENTBY_VERSION")}${parent:+&parent=$(sentby_escape "$parent")}&at=$at"
  IFS='|'; for claim in $claims; do fresh="$fresh&claim=$(sentby_escape "$claim")"; done; unset IFS
  fresh=$(sentby_check "$fresh")
}
sentby_keep() { # keeps the state, replaced as a whole; fails where nothing can be kept
  [ -n "$SENTBY_STORE" ] && [ ! -d "$SENTBY_STORE" ] || return 1
  (umask 077 && mkdir -p "$(dirname "$SENTBY_STORE")" && {
    for field in install="$install" native="$native" parent="$parent" receipt="$receipt" visitor="$visitor" \
      noticed="$noticed" code="$code"; do [ -z "${field#*=}" ] || printf '%s\n' "$field"; done
    for line in $pending; do printf 'pending=%s\n' "$line"; done
  } >"$SENTBY_STORE.$$" && mv -f "$SENTBY_STORE.$$" "$SENTBY_STORE") 2>/dev/null
}
sentby_same() { printf '%s\n' "$1" | sed 's/&at=[^&]*//; s/&check=.*//'; }
sentby_wait() { # puts the line among those that wait, unless the same waits already
  sentby_same "$pending" | grep -qxF -e "$(sentby_same "$fresh")" && return
  [ "$(printf '%s\n' $pending | grep -c .)" -ge 8 ] || pending="$pending $fresh"
}
sentby_form() { # a line as a form; without its time where it is told as it happens
  form=${1#sentby1:} form=${form%&check=*}
  [ "$1" != "$fresh" ] || form=$(printf %s "$form" | sed 's/&at=[^&]*//')
  case $1 in *"&install=$(sentby_escape "$install")&"*) shown=$receipt ;; *) shown='' ;; esac
  printf %s "key=$SENTBY_KEY&$form${visitor:+&visitor=$visitor}${shown:+&receipt=$(sentby_escape "$shown")}${ephemeral:+&ephemeral=true}"
}
sentby_json() { printf %s "$body" | tr '\n' ' ' | sed -n 's/.*"'"$1"'" *: *"\([!#-~]*\)".*/\1/p'; }
sentby_post() { # path, form: sets $status and $detail; what is "failed" may be sent again
  left=$((end - $(date +%s))) status=failed detail=timeout got=''
  [ "$left" -gt 0 ] || return 0
  if command -v curl >/dev/null; then
    body=$(printf %s "$2" | curl -q -sS -m "$left" -w ' %{http_code}' --data-binary @- "$SENTBY_ENDPOINT$1" 2>/dev/null) || body=''
    http=${body##* } body=${body% *}
  else # wget tells the status on standard error; that of busybox follows redirects, and gives no body with an error
    limit=$(command -v timeout) && limit="timeout $left"
    case $(wget --help 2>&1) in *--content-on-error*) more='--content-on-error --max-redirect=0' ;; *) more='' ;; esac
    body=$($limit wget -q -S $more -t 1 -T "$left" -O - --post-data="$2" "$SENTBY_ENDPOINT$1" 2>&1) && got=200
    http=$(printf '%s\n' "$body" | sed -n 's|.*HTTP/[0-9.]* \([0-9][0-9][0-9]\).*|\1|p' | head -n 1)
    case $got$http in 2??) [ -n "$got" ] || http='' ;; esac # its answer was cut off
  fi
  case ${http:-$got} in
    2??) status=$(sentby_json status) detail=$(sentby_json code) taken=$(sentby_json receipt)
      case $status in attributed | unattributed | unknown_code | conflict | duplicate | cloned) ;; *) status=failed ;; esac
      [ "$status" = failed ] && detail=bad_answer || { receipt=${taken:-$receipt} detail=${detail:-$(sentby_json reason)}; } ;;
    408 | 425 | 429 | 3?? | 5??) detail=http_$http ;;
    4??) detail=$(sentby_json code) && [ -n "$detail" ] && status=refused || detail=http_$http ;;
    *) [ "$(date +%s)" -ge "$end" ] || detail=connection_failed ;;
  esac
}
sentby_say() { printf '%s\n' "$1${2:+ $2}"; }
sentby_send() { # sends what waits, the oldest first, and says the last answer
  for line in $pending; do
    sentby_post /v1/installs "$(sentby_form "$line")"
    [ $status != failed ] || { sentby_say "${queued:-not_sent}" "$detail"; return; }
    if [ $status = cloned ] && [ -z "$copy" ]; then # somebody went on from the original: this is the copy
      copy=$install install=$(sentby_id) receipt='' parent=$copy
      pending=$(for each in $pending; do sentby_copied "$each"; done) fresh=$(sentby_copied "$fresh")
      if sentby_keep; then sentby_send; else sentby_say cloned not_kept; fi
      return
    fi
    pending=$(printf '%s\n' $pending | grep -vxF -e "$line")
    sentby_keep
  done
  [ -z "$code" ] || sentby_tell
  sentby_say $status "$detail"
}
sentby_copied() { # a line of the original as one of the copy
  case $1 in *"&install=$(sentby_escape "$copy")&"*) ;; *) printf '%s\n' "$1" && return ;; esac
  old=$(sentby_escape "$copy") # in what sed puts in, & is what it found
  sentby_check "$(printf %s "${1%&check=*}" | sed "s/&install=[^&]*/\\&install=$install/; s/&parent=[^&]*//; s/&at=/\\&parent=$old&/")"
}
sentby_tell() { # tells the code that was typed later
  sentby_post "/v1/installs/$(sentby_escape "$install")/claim" "key=$SENTBY_KEY&code=$code"
  [ $status = failed ] && status=queued || code=''
  sentby_keep || status=not_sent
}
sentby_on() { case $1 in '' | 0 | [Ff][Aa][Ll][Ss][Ee]) return 1 ;; esac; }
sentby_obstacle() { # why nothing may be sent
  case $SENTBY_ENDPOINT/$SENTBY_KEY in http://*/[sp]k_* | https://*/[sp]k_*) ;; *) echo invalid_option && return ;; esac
  case ${SENTBY_PRODUCT:-!}${SENTBY_INSTALL} in *[!A-Za-z0-9._:-]*) echo invalid_option && return ;; esac
  case $claims in *:none'|') echo declined && return ;; esac
  case $SENTBY_CONSENT in yes | notice) ;; *) echo no_consent && return ;; esac
  sentby_on "$SENTBY_FORCE" || for name in "$CI" "$GITHUB_ACTIONS" "$GITLAB_CI" "$CIRCLECI" "$TRAVIS" "$APPVEYOR" "$BUILDKITE" \
    "$DRONE" "$JENKINS_URL" "$TEAMCITY_VERSION" "$TF_BUILD" "$CODEBUILD_BUILD_ID" "$BITBUCKET_BUILD_NUMBER"; do
    ! sentby_on "$name" || { echo ci && return; }
  done
  case $claims in flag:* | env:* | config:* | prompt:*) ! sentby_on "$SENTBY_EXPLICIT" || return 0 ;; esac
  ! sentby_on "$DO_NOT_TRACK" || echo do_not_track
}
sentby_report() (
  sentby_search "$@"
  why=$(sentby_obstacle)
  [ -z "$why" ] || { sentby_say not_sent "$why"; exit 0; }
  sentby_state
  if sentby_on "$SENTBY_DEBUG"; then sentby_form "$fresh" >&2; echo >&2; sentby_say not_sent debug; exit 0; fi
  [ -n "$noticed" ] || printf '%s\n' "${SENTBY_NOTICE:-$SENTBY_PRODUCT tells ${SENTBY_ENDPOINT#*//} once that it was installed: a \
random id, its version and the code of the partner who recommended it. SENTBY_PARTNER=none tells nothing.}" >&2
  noticed=1 queued=queued end=$(($(date +%s) + ${SENTBY_TIMEOUT:-3}))
  sentby_wait
  if sentby_keep; then ephemeral=''; else queued='' receipt='' code='' pending=$fresh; fi
  sentby_send
  exit 0
)
sentby_claim_line() ( # for a site without internet: docs/claim-line.md
  sentby_search "$@"
  [ -z "$closed" ] || exit 0
  sentby_state
  sentby_wait
  sentby_keep
  for line in $pending; do [ "$(sentby_same "$line")" != "$(sentby_same "$fresh")" ] || fresh=$line; done
  printf '%s\n' "$fresh"
  exit 0
)
sentby_partner() ( # a code that is typed after the installation
  sentby_search --no-partner
  sentby_state
  typed=$(sentby_code "$1") end=$(($(date +%s) + ${SENTBY_TIMEOUT:-3}))
  case $typed in none) sentby_say not_sent declined; exit 0 ;; '') sentby_say refused not_a_code; exit 0 ;; esac
  code=$typed status=queued detail=not_reported
  if [ -n "$ephemeral$pending" ]; then sentby_keep || status=not_sent; else sentby_tell; fi
  sentby_say $status "$detail"
  exit 0
)
case ${0##*/}/${1-} in
  sentby-install.sh/resolve) shift && sentby_resolve "$@" ;;
  sentby-install.sh/report) shift && sentby_report "$@" ;;
  sentby-install.sh/claim-line) shift && sentby_claim_line "$@" ;;
  sentby-install.sh/partner) shift && sentby_partner "${1-}" ;;
  sentby-install.sh/*) echo 'sentby-install.sh resolve|report|claim-line [arguments], or partner CODE' >&2; exit 2 ;;
esac
