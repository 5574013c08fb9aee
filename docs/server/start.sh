#!/bin/bash
# An MLflow server on PostgreSQL, with artifacts on S3: see docs/guide/server.md.
#
#     docs/server/start.sh [FOLDER [OPTION OF mlflow server ...]]
#
# FOLDER (server) keeps the database, passwords and logs. Ctrl-C ends all that was started.
# From the environment: PYTHON, which has mlflow; PORT (5000), HOST (127.0.0.1), DATABASE_PORT (5433);
# S3_PORT (5001) of moto, which stands in for S3 and forgets all when it ends, unless AWS_ENDPOINT_URL or
# AWS_PROFILE or S3=real says where a real one is; BUCKET (galaxies); LOGIN=no for a server without passwords.
set -euo pipefail

folder=${1:-server}
mkdir -p "$folder" && folder=$(cd "$folder" && pwd)
shift $(($# > 0))
python=${PYTHON:-python3} host=${HOST:-127.0.0.1} port=${PORT:-5000}
database_port=${DATABASE_PORT:-5433} s3_port=${S3_PORT:-5001} bucket=${BUCKET:-galaxies}
export MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false # of tasks for language models

fail() { echo "error: $*" >&2; exit 2; }
secret() { "$python" -c 'import secrets; print(secrets.token_urlsafe(24))'; }
kept_secret() { [ -s "$folder/$1" ] || (umask 077; secret > "$folder/$1"); cat "$folder/$1"; }
has() { "$python" -c "import $1" 2> "$folder/import.log"; }
taken() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }
until_it_answers() { # NAME PROCESS COMMAND...: for up to two minutes, while the process lives
    local name=$1 process=$2 _; shift 2
    for _ in $(seq 600); do
        "$@" > /dev/null 2>&1 && return
        kill -0 "$process" 2> /dev/null || break
        sleep 0.2
    done
    tail -n 5 "$folder/$name.log" >&2
    fail "$name did not start; $folder/$name.log tells more"
}

# --- what is needed
bin=$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -n 1 || true)
[ -x "$bin/initdb" ] || fail "PostgreSQL is missing: apt install postgresql"
has mlflow || fail "$python has no mlflow: PYTHON=<environment>/bin/python $0"
has psycopg || fail "PostgreSQL's driver is missing: pip install 'psycopg[binary]'"
has boto3 || fail "S3's client is missing: pip install boto3"
ask=${LOGIN:-yes}
[ "$ask" = no ] || has flask_wtf || fail "log-ins need Flask-WTF: pip install 'mlflow[auth]'; or LOGIN=no"
real=${AWS_ENDPOINT_URL:-}${AWS_PROFILE:-}${S3:-}
[ -n "$real" ] || has moto.server || fail "the stand-in for S3 is missing: pip install 'moto[s3,server]'"
for one in "$port" "$database_port" $([ -n "$real" ] || echo "$s3_port"); do
    ! taken "$one" || fail "port $one is in use: choose others by PORT=, DATABASE_PORT= and S3_PORT="
done

# --- all that is started ends with this script, also when that is killed; PostgreSQL refuses to run as root
trap 'trap "" INT TERM; kill $(jobs -p) 2> /dev/null; [ -z "${postgres:-}" ] || kill -INT "$postgres" 2> /dev/null; wait' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
child() { exec setpriv --pdeathsig "$@"; } # in the background, where exec leaves this script be
user=() owner=()
if [ "$(id -u)" = 0 ]; then
    user=(--reuid=postgres --regid=postgres --init-groups --reset-env)
    chmod a+x "$folder"
    owner=(-o postgres -g postgres)
fi
install "${owner[@]}" -d "$folder/postgresql"
setpriv "${user[@]}" test -w "$folder/postgresql" \
    || fail "the user postgres does not get to $folder: open the folders above it to all (chmod a+x), or name another"

# --- the database, with a password, on this machine alone
export PGPASSFILE=$folder/pgpass
password=$(kept_secret database-password)
(umask 077; echo "127.0.0.1:$database_port:*:mlflow:$password" > "$PGPASSFILE")
if [ ! -e "$folder/postgresql/data/PG_VERSION" ]; then
    install "${owner[@]}" -m 600 "$folder/database-password" "$folder/postgresql/password"
    setpriv "${user[@]}" "$bin/initdb" --pgdata "$folder/postgresql/data" --username mlflow --auth scram-sha-256 \
        --encoding UTF8 --locale C --pwfile "$folder/postgresql/password" > "$folder/initdb.log" 2>&1 \
        || { tail -n 3 "$folder/initdb.log" >&2; fail "no database: $folder/initdb.log tells more"; }
    rm "$folder/postgresql/password"
fi
database() {
    child INT "${user[@]}" "$bin/postgres" -D "$folder/postgresql/data" -c port="$database_port" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= >> "$folder/postgresql.log" 2>&1 &
    postgres=$! # to which INT means: without waiting for those who are connected
}
database
sql() { "$bin/psql" -h 127.0.0.1 -p "$database_port" -U mlflow -d postgres -qtAc "$1"; }
until_it_answers postgresql $postgres sql 'SELECT 1'
for name in mlflow accounts; do
    [ "$(sql "SELECT 1 FROM pg_database WHERE datname = '$name'")" = 1 ] || sql "CREATE DATABASE $name"
done
place=postgresql+psycopg://mlflow@127.0.0.1:$database_port

# --- S3, and a bucket
if [ -z "$real" ]; then
    export AWS_ENDPOINT_URL=http://127.0.0.1:$s3_port AWS_DEFAULT_REGION=us-east-1
    export AWS_ACCESS_KEY_ID=moto AWS_SECRET_ACCESS_KEY=moto
    child TERM "$python" -m moto.server -H 127.0.0.1 -p "$s3_port" > "$folder/s3.log" 2>&1 &
    until_it_answers s3 $! taken "$s3_port"
fi
"$python" - "$bucket" <<'PY' || fail "no bucket $bucket: see to AWS_ENDPOINT_URL and the credentials"
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

try:
    s3 = boto3.client("s3")
    if sys.argv[1] not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=sys.argv[1])
except (BotoCoreError, ClientError) as error:
    sys.exit(str(error))
PY

# --- MLflow, which asks who is there where it can
login=() name=${MLFLOW_AUTH_ADMIN_USERNAME:-admin}
shown="\$(cat $folder/admin-password)"
[ -z "${MLFLOW_AUTH_ADMIN_PASSWORD:-}" ] || shown="<that of MLFLOW_AUTH_ADMIN_PASSWORD>"
if [ "$ask" != no ]; then
    cat > "$folder/login.ini" <<INI
[mlflow]
default_permission = EDIT
database_uri = $place/accounts
admin_username = $name
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
# else each request takes a tenth of a second of a processor to compare the password
auth_cache_ttl_seconds = 60
INI
    export MLFLOW_AUTH_CONFIG_PATH=$folder/login.ini
    MLFLOW_AUTH_ADMIN_PASSWORD=${MLFLOW_AUTH_ADMIN_PASSWORD:-$(kept_secret admin-password)}
    MLFLOW_FLASK_SERVER_SECRET_KEY=$(kept_secret session-key)
    export MLFLOW_AUTH_ADMIN_PASSWORD MLFLOW_FLASK_SERVER_SECRET_KEY
    login=(--app-name basic-auth)
fi
child TERM "$python" -m mlflow server --host "$host" --port "$port" --workers "${WORKERS:-2}" "${login[@]}" \
    --backend-store-uri "$place/mlflow" --artifacts-destination "s3://$bucket/artifacts" "$@" \
    > "$folder/mlflow.log" 2>&1 &
own=$host
[ "$host" != 0.0.0.0 ] || own=127.0.0.1 # all of this machine's addresses: this is one
until_it_answers mlflow $! "$python" -c \
    "import urllib.request as u; u.urlopen('http://$own:$port/health', timeout=5)"

cat <<TOLD
MLflow answers at http://$host:$port; logs and passwords are in $folder. Jobs show there with
  tracking=server tracking.uri=http://$host:$port
$([ ${#login[@]} = 0 ] || echo "  in the environment: MLFLOW_TRACKING_USERNAME=$name MLFLOW_TRACKING_PASSWORD=$shown")
$([ -n "$real" ] || echo "Fits may be kept at tracking.fits=s3://$bucket/fits, in the environment: AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL
  AWS_ACCESS_KEY_ID=moto AWS_SECRET_ACCESS_KEY=moto AWS_DEFAULT_REGION=us-east-1. This S3 forgets all when it ends.")
TOLD

# --- until one of them ends: a database that died is started again, for MLflow connects to it anew
for _ in $(seq 20); do
    ended=
    wait -n -p ended || true
    [ "$ended" = "$postgres" ] || fail "MLflow or S3 ended; $folder/mlflow.log and s3.log tell more"
    echo "PostgreSQL ended; it is started again" >&2
    sleep 2 # its last processes leave first
    database
done
fail "PostgreSQL ends again and again; $folder/postgresql.log tells why"
