/* row_checksums.h - what the checksum of each table's rows covers, as SQL.
 *
 * The columns and their order are those that checksum.h lists. A parameter
 * stands for what is not in the row, or for a column that a statement changes. Where its
 * columns have names that others have, delivery_steps is d, and saga_steps t. */
#ifndef JN_ROW_CHECKSUMS_H
#define JN_ROW_CHECKSUMS_H

#define JN_STORE_CHECKSUM(epoch)                                                         \
    "jangle_checksum('store', one, store.id, " epoch                                     \
    ", first_position, "                                                                 \
    "schema_1_events)"

#define JN_STREAM_CHECKSUM(version)                                                      \
    "jangle_checksum('streams', kind, name, " version ", first_version)"

#define JN_TYPE_CHECKSUM "jangle_checksum('types', name, version)"

#define JN_COMMAND_CHECKSUM                                                              \
    "jangle_checksum('commands', command_id, fingerprint, position, version, reply, at)"

#define JN_SUBSCRIBER_CHECKSUM(owned, marked)                                            \
    "jangle_checksum('subscribers', name, " owned ", " marked ")"

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

/* For a statement that changes a row without having looked at it: the new checksum if
 * the row was what was stored; else the old one, which does not fit the new row either.
 */
#define JN_CHECKSUM_IF_SOUND(column, old, new)                                           \
    "CASE WHEN " column " = " old " THEN " new " ELSE " column " END"

#endif
