/* row_checksums.h - which values the checksum of each table's rows covers, as SQL.
 *
 * The columns and their order are those of checksum.h. A parameter stands for a value
 * that is not in the row, or for a column that a statement changes. Where two tables have
 * columns of the same name, delivery_steps is `d` and saga_steps is `t`. */
#ifndef JN_ROW_CHECKSUMS_H
#define JN_ROW_CHECKSUMS_H

#define JN_STORE_CHECKSUM(epoch)                                                         \
    "jangle_checksum('store', one, store.id, " epoch                                     \
    ", first_position, "                                                                 \
    "schema_1_events)"

#define JN_STREAM_CHECKSUM(version)                                                      \
    "jangle_checksum('streams', kind, name, " version ", first_version)"

#define JN_TYPE_CHECKSUM "jangle_checksum('types', name, version)"

/* The columns that a command has had since schema 4 cover names, not numbers. */
#define JN_COMMAND_VALUES "command_id, fingerprint, position, version, reply, at"
#define JN_COMMAND_CHECKSUM                                                              \
    "jangle_checksum('commands', " JN_COMMAND_VALUES                                     \
    ", (SELECT t.name FROM types AS t WHERE t.id = commands.type),"                      \
    " ifnull((SELECT t.version FROM types AS t WHERE t.id = commands.type), 0), cause,"  \
    " (SELECT s.name FROM subscribers AS s WHERE s.id = commands.sender))"

#define JN_SUBSCRIBER_CHECKSUM(owned, marked, first_name)                                \
    "jangle_checksum('subscribers', name, " owned ", " marked ", " first_name ")"

#define JN_PAUSE_CHECKSUM(name)                                                          \
    "jangle_checksum('pauses', " name ", paused, at, who, why)"

#define JN_SESSION_CHECKSUM(id)                                                          \
    "jangle_checksum('sessions', " id ", opened_at, pid, program, version)"

#define JN_CATALOGUE_CHECKSUM(facts, first_seen, gone_at)                                \
    "jangle_checksum('catalogue', kind, program, name, version, " facts ", " first_seen  \
    ", " gone_at ")"

#define JN_CHECKPOINT_CHECKSUM(subscriber)                                               \
    "jangle_checksum('checkpoints', " subscriber                                         \
    ", position, event_id,"                                                              \
    " suspended_for, suspended_at, reason, parked_count, parked_total)"

#define JN_PARKED_CHECKSUM(subscriber)                                                   \
    "jangle_checksum('parked', " subscriber                                              \
    ", kind, key, position, attempts, trying,"                                           \
    " next_at, delay_ms, dead, error)"

#define JN_DELIVERY_STEP_CHECKSUM(subscriber)                                            \
    "jangle_checksum('delivery_steps', " subscriber                                      \
    ", d.event_position, d.id, d.kind,"                                                  \
    " d.type, d.result, d.reply, d.position, d.version)"

#define JN_SAGA_CHECKSUM(saga)                                                           \
    "jangle_checksum('sagas', " saga                                                     \
    ", id, version, status, state_version, state,"                                       \
    " timeout_at, due_at, turn_at, turn_position, step_count)"

#define JN_SAGA_STEP_CHECKSUM(saga, id)                                                  \
    "jangle_checksum('saga_steps', " saga ", " id                                        \
    ", t.number, t.id, t.kind, t.type,"                                                  \
    " t.result, t.reply, t.position, t.version)"

/* The checksum in a statement that changes a row which was not read before: the new one
 * if the old row was what was stored, else the old one, which does not fit the
 * new row. */
#define JN_CHECKSUM_IF_SOUND(column, old, new)                                           \
    "CASE WHEN " column " = " old " THEN " new " ELSE " column " END"

#endif
