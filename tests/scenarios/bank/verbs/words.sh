# words.sh - help, what is typed wrongly, and files that cannot be banks.

# ---- words -------------------------------------------------------------------------

test="help lists every verb and every verb has help"
expect 0 --help
expect 0 -h
says "bank VERB"
for verb in demo simulate check replay shuffle open deposit withdraw forgive delete \
    accounts ledger transfer request requests accept reject payments shell sagas \
    "sagas show" "sagas retry" "sagas resume" "sagas finish" dead "dead retry" \
    "dead skip" backup serve endpoints redrive; do
    expect 0 --help
    says "  $verb "
    expect 0 $verb --help
    says "bank $verb: "
    says "--db FILE"
done

test="the version of jangle is told"
expect 0 --version
grep -qE '^bank, an example of jangle [0-9]+\.[0-9]+\.[0-9]+$' out ||
    fail "there is no version"

test="what is typed wrongly ends with 2, and a sentence that helps"
expect 2
says "bank VERB"
expect 2 simulat
says "there is no verb 'simulat'; did you mean 'simulate'?"
expect 2 frobnicate
says "there is no verb 'frobnicate'; \`bank --help\` lists them"
expect 2 simulate --thread 3
says "there is no option --thread; did you mean --threads? \`bank simulate --help\` says more"
expect 2 simulate --threads
says "--threads lacks its N"
expect 2 simulate --threads 0
says "--threads: 0 is not in 1..256; \`bank simulate --help\` says more"
expect 2 check --times 3
says "check takes no --times; \`bank check --help\` says more"
expect 2 open --account 000001
says "bank: open takes no --account; \`bank open --help\` says more"
expect 2 simulate --account 3
says "simulate takes no --account; did you mean --accounts?"
expect 2 deposit --account 1 --amount 1
says "--account: '1' is not six digits, such as 000001; "
expect 2 ledger --account 0000001
says "--account: '0000001' is not six digits, such as 000001; "
expect 2 transfer --account 000001 --to 00000x --amount 1
says "--to: '00000x' is not six digits, such as 000001; "
expect 2 request --account 000001 --from 1 --amount 1
says "--from: '1' is not six digits, such as 000001; "
expect 2 deposit --account 000001
says "--amount MONEY is missing"
for words in "transfer --account 000001 --to 000002" "request --account 000001 --amount 1" \
    "accept --account 000001" "reject --account 000001" requests payments "sagas show" \
    "sagas retry" "sagas resume --id 1" "sagas finish --id 1" "dead retry --position 1" \
    "dead skip --subscriber ledger" backup; do
    expect 2 $words
    says " is missing; "
done
expect 2 sagas rtery
says "there is no verb 'sagas rtery'; did you mean 'sagas retry'?"
expect 2 dead frobnicate --position 1
says "there is no verb 'dead frobnicate'; after 'dead' comes one of: retry, skip"
expect 2 sagas nonsense
says "after 'sagas' comes one of: show, retry, resume, finish"
expect 2 deposit --account 000001 --amount 99999999999999999999
says "--amount: 99999999999999999999 is not in 0.01..1000000.00"
expect 2 sagas resume --id 1 --after -1
says "--after: -1 is not in 0..1000"
expect 2 backup one two
says "'two' is a second file"
expect 2 accounts one
says "'one' is not an option"
[ "$(ls)" = "err
out" ] || fail "something was made: $(ls)"

# ---- files that cannot be banks ----------------------------------------------------

test="a missing directory is named"
for verb in demo simulate check replay shuffle accounts; do
    expect 1 $verb --db nowhere/bank.db
    says "nowhere/bank.db"
done

test="only a verb that begins a bank makes a file"
for words in check replay shuffle accounts "ledger --account 000001" \
    "deposit --account 000001 --amount 1" "withdraw --account 000001 --amount 1" \
    "forgive --account 000001" "delete --account 000001" sagas dead "backup copy.db" endpoints redrive \
    "transfer --account 000001 --to 000002 --amount 1" "requests --account 000001"; do
    expect 1 $words --db mistyped.db
    says "mistyped.db: there is no bank; "
    [ ! -e mistyped.db ] || fail "it was made"
done

test="a file of another kind is refused and stays as it is"
echo "Dear diary" >diary
expect 1 demo --db diary
says "diary"
[ "$(cat diary)" = "Dear diary" ] || fail "it was changed"
"$alter" other.db "CREATE TABLE t (x); INSERT INTO t VALUES (1)" || fail "no SQLite file"
for verb in demo simulate check replay; do
    expect 1 $verb --db other.db
    says "other.db"
done
rm -f diary other.db
