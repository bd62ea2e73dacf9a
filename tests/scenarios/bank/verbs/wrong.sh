# wrong.sh - what is wrong in the files of customers.sh, and in those of a demo, is named.

test="one cell of a view is named, and repaired"
"$alter" sim.db.accounts "UPDATE accounts SET balance = balance + 1 WHERE account_id = '000003'"
expect 1 check --db sim.db
says "accounts.accounts, row 000003: balance is "
expect 1 replay --db sim.db
says "DIFFERS"
says "balance"
expect 1 shuffle --db sim.db
says "DIFFERS"
expect 0 replay --db sim.db --repair
expect 0 check --db sim.db

test="a view that is suspended is said to be, and how it is mended"
cp third.db.ledger sim.db.ledger
expect 1 check --db sim.db
says "the view ledger is suspended: "
says "; \`bank replay --repair\` builds it again"
expect 0 replay --db sim.db --repair
expect 0 check --db sim.db

test="a row too many, and one too few, are named"
"$alter" sim.db.accounts "INSERT INTO deposits VALUES ('nobody', 1)"
expect 1 check --db sim.db
says "accounts.deposits, row nobody: no event says so"
expect 0 replay --db sim.db --repair
"$alter" sim.db.ledger "DELETE FROM entries WHERE account_id = '000002' AND entry = 0"
expect 1 check --db sim.db
says "ledger.entries, row 000002, 0: missing, but the events have it"
expect 0 replay --db sim.db --repair
expect 0 check --db sim.db

test="a promise that was not kept is named"
echo "nobody-1 OK 3" >lie
expect 1 check --db sim.db --acks lie
says "command nobody-1 was answered OK at position 3; it is not there"
sed -n 's/ OK [1-9][0-9]*$/ REJECTED 0/p' acks >lie
expect 1 check --db sim.db --acks lie
says "was answered REJECTED and nothing was to be stored"
echo "what is this" >lie
expect 1 check --db sim.db --acks lie
says "line 1 of lie is no such answer"

test="a file of answers that cannot be read is no mistake in the books"
expect 2 check --db sim.db --acks nowhere
says "bank: --acks: nowhere cannot be read: No such file or directory"
says_not "books"
mkdir folder
expect 2 check --db sim.db --acks folder
says "bank: --acks: folder cannot be read: Is a directory"
says_not "books"

# What is changed here is what the demo stored, in a file of its own.
# names SQL SENTENCE [ACKS]: run it on a copy's events, which are made to put up with it.
expect 0 demo --db sound.db
names() {
    for file in sound.db*; do
        cp "$file" "altered${file#sound}"
    done
    "$alter" altered.db "DROP TRIGGER events_are_never_changed;
        DROP TRIGGER events_are_never_deleted; $1;
        CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
        BEGIN SELECT raise(ABORT, 'events are never changed'); END;
        CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
        BEGIN SELECT raise(ABORT, 'events are never deleted'); END" || fail "$1"
    expect 1 check --db altered.db ${3:+--acks "$3"}
    says "$2"
    rm -f altered.db*
}

# payload POSITION OLD NEW: SQL that changes a word of a payload.
payload() {
    echo "UPDATE events SET payload = CAST(replace(CAST(payload AS TEXT), '$2', '$3')
        AS BLOB) WHERE position = $1"
}

# type POSITION NAME: SQL that makes an event one of another type.
type() {
    echo "UPDATE events SET type = (SELECT id FROM types WHERE name = '$2')
        WHERE position = $1"
}

test="what was stored twice, or elsewhere, is named"
echo "again-1 OK 7" >lie
meta="UPDATE events SET meta = '{\"causation_id\":\"again-1\"}' WHERE position"
names "$(type 7 funds_deposited); $meta IN (5, 7)" \
    "command again-1 was answered OK at position 7; it is stored 2 times" lie
names "$meta = 8" "command again-1 was answered OK at position 7; it is at position 8" lie

test="one amount of an event is named"
names "$(payload 7 '"amount":15000' '"amount":15001')" \
    "account 000002: the event at position 7 says -50.00; the amounts add up to -50.01"

test="damage that no row shows is named"
names "CREATE INDEX damaged ON commands (at); PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET sql = replace(sql, '(at)', '(position)')
    WHERE name = 'damaged'" "missing from index damaged"

test="every rule of the books names what breaks it"
names "$(payload 7 '{' '')" "the event at position 7 is not JSON"
names "DELETE FROM events WHERE position = 8" "row 8 is missing: positions have no gaps"
names "UPDATE events SET version = 99 WHERE position = 8" \
    "there is no event of version 4 in its stream, account/000002"
names "$(type 4 funds_deposited)" "account 000002 begins with funds_deposited"
names "$(payload 3 000002 000009)" \
    "account 000002: opened 1 times, its number handed out 0 times"
names "$(type 7 account_deleted)" \
    "account 000002: debt_forgiven at position 8 comes after it was deleted"
names "$(payload 7 '"entry":2' '"entry":3')" \
    "account 000002: the event at position 7 says it is entry 3; it is entry 2"
names "$(payload 7 '"amount":15000' '"amount":20001')" \
    "account 000002 was at -100.01 at position 7"
names "$(payload 8 '"amount":5000' '"amount":10001')" \
    "account 000002 was forgiven 100.01, the 1. time, at position 8"
names "$(type 5 debt_forgiven); $(type 7 debt_forgiven);
    $(payload 7 '"amount":15000' '"amount":1')" \
    "account 000002 was forgiven 50.00, the 3. time, at position 8"
names "$(payload 6 '"amount":5050' '"amount":5051')" \
    "50.51 was moved, 0.00 is on its way; the balances add up to 50.50"
names "$(payload 4 Natalie Natasha)" \
    "accounts.accounts, row 000002: name is Natalie; the events say Natasha"
