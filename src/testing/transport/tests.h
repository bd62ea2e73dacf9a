/* tests.h - the tests of a transport, as tables: one of each file. */
#ifndef JN_TRANSPORT_TESTS_H
#define JN_TRANSPORT_TESTS_H

#include "testing/transport/trial.h"

/* What a test needs besides a broker; else it is skipped. */
enum jn_transport_need {
    JN_NEEDS_QUEUES = 1, /* which give each parcel to one receiver */
    JN_NEEDS_LOGS = 2,
    JN_NEEDS_STOP = 4, /* trial->stop and trial->start */
    JN_NEEDS_PASS = 8, /* trial->pass */
    JN_NEEDS_URL = 16  /* trial->broker.url */
};

struct jn_transport_test {
    const char *name; /* begins with the clause: "tr_03_..." */
    void (*run)(struct jn_trial *trial);
    unsigned needs;
};

#define JN_TRANSPORT_TEST(name, needs)                                                   \
    {                                                                                    \
#name, name, needs                                                               \
    }

/* Each ends with {0}. */
extern const struct jn_transport_test jn_transport_open_tests[];
extern const struct jn_transport_test jn_transport_declare_tests[];
extern const struct jn_transport_test jn_transport_publish_tests[];
extern const struct jn_transport_test jn_transport_bytes_tests[];
extern const struct jn_transport_test jn_transport_order_tests[];
extern const struct jn_transport_test jn_transport_receive_tests[];
extern const struct jn_transport_test jn_transport_log_tests[];
extern const struct jn_transport_test jn_transport_settle_tests[];
extern const struct jn_transport_test jn_transport_dead_tests[];
extern const struct jn_transport_test jn_transport_time_tests[];
extern const struct jn_transport_test jn_transport_connection_tests[];
extern const struct jn_transport_test jn_transport_remove_tests[];
extern const struct jn_transport_test jn_transport_text_tests[];

#endif
