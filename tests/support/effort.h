/* effort.h - how much each long test does: all of these numbers stand in one table.
 *
 * A test whose work can be repeated as often as one likes asks here how often. The
 * variable JANGLE_EFFORT of the environment chooses the answer:
 *
 *   slice   what ./run test does, and a program that is started without the variable
 *   ci      five slices, but never more than the full count: what .ci/run does
 *   soak    the full count: what ./run soak does
 *
 * A test that tries every place (every failpoint, every change of the disk) has no row
 * for that, because it tries every place each time. */
#ifndef EFFORT_H
#define EFFORT_H

#include <stdint.h>

/* The constant, the test (its name in ctest, without a shard's number), what is counted,
 * the slice and the full count. */
#define EFFORTS(ROW)                                                                     \
    ROW(ADVANCE, "unit_sqlite_advance", "pairs of histories", 10, 5000)                  \
    ROW(BANK_DISORDER, "scenarios_bank_disorder", "histories", 20, 2000)                 \
    ROW(BANK_OPENINGS, "scenarios_bank_openings", "races", 5, 50)                        \
    ROW(CACHED_SAME, "scenarios_command_cached_same", "pairs of histories", 50, 20000)   \
    ROW(CHAINS, "scenarios_command_chain_model", "histories in memory", 400, 1000000)    \
    ROW(CHAINS_ON_DISK, "scenarios_command_chain_model", "histories on a disk", 100,     \
        20000)                                                                           \
    ROW(CANONICAL, "unit_message_canonical_property", "values", 1000, 100000)            \
    ROW(CANONICAL_FUZZ, "fuzz_canonical", "texts", 10000, 1250000)                       \
    ROW(CODEC_FUZZ, "fuzz_codec", "texts", 10000, 500000)                                \
    ROW(CODEC_PROPERTY, "unit_message_codec_property", "values", 1000, 20000)            \
    ROW(CUT_PROGRAMS, "brokers_rabbitmq_killed", "power cuts of each program", 3, 50)    \
    ROW(DAMAGE_FLIPS, "files_damage_matrix", "spoilt copies", 60, 2000)                  \
    ROW(EVENTS_FUZZ, "fuzz_events", "events", 20000, 1000000)                            \
    ROW(FORMATS, "unit_formats_property", "messages", 10000, 500000)                     \
    ROW(FORMATS_FUZZ, "fuzz_formats", "messages", 5000, 250000)                          \
    ROW(FOUR_BANKS, "faults_kill_one_of_four", "rounds of 7 kills", 1, 10)               \
    ROW(JSON_DAMAGED, "unit_message_json", "texts", 3000, 100000)                        \
    ROW(KILLED_BANK, "faults_kill_bank", "rounds of 63 kills", 1, 20)                    \
    ROW(KILLED_BROKER, "brokers_rabbitmq_killed", "kills of the broker", 1, 20)          \
    ROW(KILLED_EVENTS, "brokers_rabbitmq_killed", "events", 300, 21000)                  \
    ROW(KILLED_PROGRAMS, "brokers_rabbitmq_killed", "kills of each program", 5, 50)      \
    ROW(LAMPS, "scenarios_command_looking_races", "races", 2, 50)                        \
    ROW(LAMPS_OF_PROCESSES, "scenarios_processes_looking", "races", 1, 50)               \
    ROW(LIVES, "scenarios_engine_again", "openings", 50, 5000)                           \
    ROW(LONG_LIFE, "scenarios_engine_long_life", "histories", 3, 100)                    \
    ROW(MAP, "unit_base_map", "changes", 60000, 3000000)                                 \
    ROW(MESSAGES_CHAOS, "faults_messages_chaos", "histories", 100, 2000)                 \
    ROW(MESSAGES_POWER, "faults_messages_power", "power cuts", 10, 10000)                \
    ROW(MESSAGES_STOPPED, "faults_messages_stopped", "histories", 10, 2000)              \
    ROW(NATS_CHAOS, "brokers_nats_chaotic", "histories", 4, 200)                         \
    ROW(NATS_FUZZ, "fuzz_nats", "texts", 10000, 500000)                                  \
    ROW(NATS_KILLED, "brokers_nats_killed", "kills of the broker", 1, 20)                \
    ROW(NATS_STOPPED, "brokers_nats_stopped", "stops at each failpoint", 1, 20)          \
    ROW(NEVER_LATE, "scenarios_sagas_never_late", "histories", 25, 2000)                 \
    ROW(NEW_VIEWS, "unit_sqlite_view_group", "openings by 6 processes", 20, 400)         \
    ROW(PARKED, "unit_subscription_parked", "changes", 20000, 1000000)                   \
    ROW(PATTERN_FUZZ, "fuzz_pattern", "patterns", 4000, 1250000)                         \
    ROW(RACING, "scenarios_command_racing", "races of each kind", 1, 20)                 \
    ROW(NUMBERS, "unit_base_number", "numbers", 60000, 2000000)                          \
    ROW(SAGAS_POWER, "faults_sagas_power", "sweeps of power cuts", 1, 20)                \
    ROW(STORE_POWER, "faults_sqlite_power", "sweeps of power cuts", 2, 50)               \
    ROW(STOPPED_TAKER, "brokers_rabbitmq_killed", "stops of the taker", 1, 3)            \
    ROW(STOPPED_TWICE, "faults_sqlite_own_log", "of 58 second stops after each", 1, 58)  \
    ROW(RABBITMQ_PREFIX, "brokers_rabbitmq_prefix", "kills of the broker", 1, 50)        \
    ROW(REDIS_CHAOS, "brokers_redis_chaotic", "histories", 4, 400)                       \
    ROW(REDIS_ENTRIES, "brokers_redis_entries", "entries", 20000, 2000000)               \
    ROW(REDIS_FUZZ, "fuzz_redis", "texts", 10000, 500000)                                \
    ROW(REDIS_KILLED, "brokers_redis_killed", "kills of the broker", 1, 20)              \
    ROW(REDIS_PREFIX, "brokers_redis_prefix", "kills of the broker", 6, 200)             \
    ROW(REDIS_STOPPED, "brokers_redis_stopped", "stops at each failpoint", 1, 20)        \
    ROW(RABBITMQ_CLASSIC, "brokers_transport_rabbitmq_classic", "parts", 2, 15)          \
    ROW(STREAM_NAMES, "unit_sqlite_stream_names", "histories", 3, 1000)                  \
    ROW(TRANSPORT_LIES, "contract_liar_transport", "lies", 37, 187)                      \
    ROW(TABLE, "unit_memory_table", "rounds of changes", 4000, 200000)                   \
    ROW(TOOLS_FUZZ, "fuzz_tools", "lines", 4000, 1000000)                                \
    ROW(UPSERTS, "unit_sqlite_upsert_property", "cases", 3000, 100000)                   \
    ROW(VIEW_POWER, "faults_views", "sweeps of power cuts", 1, 20)                       \
    ROW(WAITING, "brokers_rabbitmq_passing", "messages that wait", 5000, 200000)

#define EFFORT_CONSTANT(constant, test, what, slice, full) EFFORT_##constant,
enum effort { EFFORTS(EFFORT_CONSTANT) EFFORT_COUNT };
#undef EFFORT_CONSTANT

/* How often the test repeats that work now. */
int effort_count(enum effort effort);

/* The test's name, and what is counted. */
const char *effort_test(enum effort effort);
const char *effort_unit(enum effort effort);

/* Where all that a test draws by chance begins: JANGLE_SEED of the environment, or, when
 * there is none, the clock. The seed is printed, because a test that failed is run again
 * with the same. */
uint64_t effort_seed(void);

#endif
