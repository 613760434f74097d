#!/bin/sh
# Tells a Sentby collector once which partner's code a product was installed with. MIT.
# POSIX sh with awk, sed, od, and curl, or wget and timeout. To be sourced, or run as a command:
# docs/install-sdk.md has both, and the variables. What is read is never run.
# shellcheck disable=SC2018,SC2019,SC2020,SC2086 # LC_ALL=C; a list is split on purpose

sentby_code() { # the canonical form of what somebody typed; nothing where it is no code
  [ ${#1} -gt 64 ] || printf %s "$1" | tr -d ' \t\r\n._-' | tr a-z A-Z | grep -x '[A-Z0-9]\{2,32\}'
}
sentby_small() { [ -f "$1" ] && [ -r "$1" ] && [ "$(wc -c <"$1")" -le "$2" ]; }
sentby_stamp() { # a file with nothing in it but a token and the line feed that ends it
  sentby_small "$1" 1024 &&
    [ "$(tr -d A-Za-z0-9._- <"$1" | wc -c)" -le "$(tail -c 1 "$1" | wc -l)" ] && cat "$1"
}
sentby_config() { # the first line PARTNER=… or <PRODUCT>_PARTNER=… of a file
  ! sentby_small "$1" 65536 || tr a-z A-Z <"$1" | tr -d "\"'" | sed -n \
    "s/^[[:blank:]]*\(EXPORT \)\{0,1\}\(${prefix}_\)\{0,1\}PARTNER[[:blank:]]*=//p" | head -n 1
}
sentby_add() { # one more claim: its source and value; an explicit none ends the search
  case $2 in [Nn][Oo][Nn][Ee]) set -- "$1" none ;; '' | *[!A-Za-z0-9._-]*) return ;; esac
  case "|$claims" in *':none|' | *"|$1:$2|"*) return ;; esac
  count=$((count + 1)) # the collector takes 16
  if [ "$2" = none ] || { [ $count -le 15 ] && [ ${#2} -le 512 ]; }; then claims="$claims$1:$2|"; fi
}
sentby_search() { # the flag's code, the answer: sets $claims, the strongest first: source:value|…
  LC_ALL=C claims='' count=0
  prefix=$(printf %s "$SENTBY_PRODUCT" | tr -c A-Za-z0-9 _ | tr a-z A-Z | sed 's/^[0-9]/_&/')
  case $SENTBY_URL in http://* | https://*) url=${SENTBY_URL%%#*} ;; *) url='' ;; esac
  token=$(printf %s "${url%%\?*}" | sed -n 's|.*/dl/\(s[0-9]\.[A-Za-z0-9._-]*\)/.*|\1|p')
  via=$(printf %s "$url" | tr '?&' '\n\n' | sed -n 's/^via=//p' | head -n 1)
  name=$(printf %s. "${SENTBY_SELF##*/}" | sed -n 's/.*-ref_\([A-Za-z0-9]\{2,32\}\)[. (].*/\1/p')
  IFS=:
  sentby_add flag "$(sentby_code "$1")"
  sentby_add env "$(sentby_code "$(awk -v own="${prefix}_PARTNER" 'BEGIN { print ENVIRON[own] }')")"
  sentby_add env "$(sentby_code "$SENTBY_PARTNER")"
  for file in $SENTBY_CONFIG; do sentby_add config "$(sentby_code "$(sentby_config "$file")")"; done
  sentby_add prompt "$(sentby_code "$2")"
  sentby_add stamp "$SENTBY_STAMP"
  for file in $SENTBY_STAMPS; do sentby_add stamp "$(sentby_stamp "$file")"; done
  sentby_add stamp "$token"
  [ -n "$token" ] || sentby_add url "$(sentby_code "$via")"
  sentby_add filename "$(sentby_code "$name")"
  IFS='|'
}
sentby_resolve() (set +eu -f && sentby_search "$1" "$2" && printf '%s\n' $claims)

sentby_bytes() { printf %s "$1" | od -An -v -tu1 | tr -s ' ' '\n' | grep .; }
sentby_escape() { # each byte but A-Z a-z 0-9 - . _ ~ as %XX
  sentby_bytes "$1" | awk '{ c = sprintf("%c", $1 + 0)
    printf "%s", $1 < 128 && c ~ /[A-Za-z0-9._~-]/ ? c : sprintf("%%%02X", $1) }'
}
sentby_line() { # the claim line of $install, $parent, $at and $claims: docs/claim-line.md
  line="sentby1:product=$(sentby_escape "$SENTBY_PRODUCT")&install=$(sentby_escape "$install")"
  line="$line${SENTBY_VERSION:+&version=$(sentby_escape "$SENTBY_VERSION")}"
  line="$line${parent:+&parent=$(sentby_escape "$parent")}&at=$(sentby_escape "$at")"
  for claim in $claims; do line="$line&claim=$(sentby_escape "$claim")"; done
  sentby_bytes "$line" | awk -v line="$line" 'BEGIN { a = 1 } { a += $1; b += a }
    END { printf "%s&check=%04x%04x", line, b % 65521, a % 65521 }'
}
sentby_kept() { sed -n "s/^$1=\([!-~]*\)\$/\1/p" "$SENTBY_STORE" 2>/dev/null | head -n 1; }
sentby_keep() { # the state with the line that waits: replaced as a whole, for its owner alone
  [ -n "$SENTBY_STORE" ] && [ ! -d "$SENTBY_STORE" ] && (
    umask 077 && {
      grep -E '^(native|visitor|noticed|code)=[!-~]+$' "$SENTBY_STORE" # other clients keep these
      printf 'install=%s\nparent=%s\nreceipt=%s\npending=%s\n' "$install" "$parent" "$receipt" "$1"
    } >"$SENTBY_STORE.$$" && mv -f "$SENTBY_STORE.$$" "$SENTBY_STORE"
  ) 2>/dev/null
}
sentby_post() { # a form, for some seconds: whatever is answered
  [ "$2" -gt 0 ] || return 0
  if command -v curl >/dev/null; then
    printf %s "$1" | curl -q -s -m "$2" --data-binary @- "$SENTBY_ENDPOINT/v1/installs"
  else # that of busybox gives no body with an error: what is refused is then told again
    ! wget --help 2>&1 | grep -q content-on-error || set -- "$1" "$2" --content-on-error -t1
    timeout "$2" wget -q -O - $3 $4 --post-data="$1" "$SENTBY_ENDPOINT/v1/installs" 2>/dev/null
  fi
}
sentby_json() { printf '%s\n' "$answer" | sed -n "s/.*\"$1\" *: *\"\([!#-~]*\)\".*/\1/p"; }
sentby_said() { printf %s "$1" | sed 's/&at=[^&]*//; s/&check=.*//'; }
sentby_id() { od -An -v -N16 -tx1 /dev/urandom | tr -d ' \n'; }
sentby_on() { case $1 in '' | 0 | [Ff][Aa][Ll][Ss][Ee]) return 1 ;; esac; }
sentby_report() ( # prints a word and what belongs to it: attributed JANE; queued sentby1:…
  set +eu -f
  sentby_search "$1" "$2"
  why='' at=$(date -u +%Y-%m-%dT%H:%M:%S.000Z) end=$(($(date +%s) + ${SENTBY_TIMEOUT:-3}))
  ! sentby_on "$DO_NOT_TRACK" || why=do_not_track
  for name in "$CI" "$JENKINS_URL" "$TEAMCITY_VERSION" "$TF_BUILD" "$CODEBUILD_BUILD_ID"; do
    ! sentby_on "$name" || why=ci # all others set CI
  done
  case $SENTBY_CONSENT in yes | notice) ;; *) why=no_consent ;; esac
  case $claims in *':none|') why=declined ;; esac
  [ -z "$why" ] || { echo "not_sent $why" && exit 0; }
  install=$(sentby_kept install) parent=$(sentby_kept parent) receipt=$(sentby_kept receipt)
  install=${install:-$(sentby_id)} waiting=$(sentby_kept pending)
  for _ in 1 2 3; do # what waits, then this report; a copy once more under its own id
    fresh=$(sentby_line)
    line=${waiting:-$fresh} form=${line%&check=*}
    [ -n "$waiting" ] || form=$(sentby_said "$line")
    form="${form#sentby1:}${receipt:+&receipt=$(sentby_escape "$receipt")}"
    ! sentby_on "$SENTBY_DEBUG" || why=debug
    [ "$why$SENTBY_CONSENT" = yes ] || echo "telling $SENTBY_ENDPOINT: $form" >&2
    [ -z "$why" ] || { echo "not_sent $why" && exit 0; }
    if sentby_keep "$line"; then unsent=queued; else unsent=not_sent; fi
    [ -n "$(sentby_kept install)" ] || form="$form&ephemeral=true"
    answer=$(sentby_post "key=$SENTBY_KEY&$form" $((end - $(date +%s))))
    case $answer in *'"retryable":false'*) status=refused ;; *) status=$(sentby_json status) ;; esac
    case $status in
      attributed | unattributed | unknown_code | conflict | duplicate | cloned | refused) ;;
      *) echo "$unsent $line" && exit 0 ;;
    esac
    taken=$(sentby_json receipt) receipt=${taken:-$receipt} waiting=''
    if [ "$status" = cloned ]; then # somebody went on from the original: this is a copy
      parent=$install install=$(sentby_id) receipt=''
    elif [ "$(sentby_said "$line")" = "$(sentby_said "$fresh")" ]; then break; fi
  done
  sentby_keep ''
  echo "$status $(sentby_json code) $(sentby_json reason)"
)
case ${0##*/} in sentby-install.sh) "sentby_${1-report}" "${2-}" "${3-}" ;; esac
