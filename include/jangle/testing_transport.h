/* testing_transport.h - the tests that every transport must pass, yours too. Link
 * jangle_testing. */
#ifndef JANGLE_TESTING_TRANSPORT_H
#define JANGLE_TESTING_TRANSPORT_H

#include <jangle/plugin/transport.h>

JANGLE_C_BEGIN

/* A broker to try, and what the tests may do with it. */
struct jangle_transport_trial {
    struct jangle_broker broker;
    struct jangle_host host;      /* zero members: the system's clock and malloc */
    const char *prefix;           /* of every name that the tests declare at the broker.
                                     The tests remove all of them in the end */
    bool (*stop)(void *context);  /* end the broker as kill -9 would; false: it failed.
                                     NULL: the tests of TR-14 are skipped */
    bool (*start)(void *context); /* start it again with what it had kept, and wait until
                                     it answers */
    bool (*pass)(void *context, int64_t ms); /* let time pass on the host's clock; NULL:
                                                the tests wait for the system's */
    void *context;
    const char *skip; /* clauses that this broker cannot keep, as its manual must say, or
                         names of tests as they are printed: "TR-10 TR-15". May be NULL */
    const char *only; /* run only these, written in the same way. May be NULL */
};

/* Run the tests of all clauses, one after the other, and print a line for each on stdout:
 * its number, its name, and "ok", "skipped" or what did not hold. Returns how many did
 * not hold; 0: the transport has passed. */
JANGLE_API JANGLE_MUST_USE int
jangle_try_transport(const struct jangle_transport_trial *trial);

JANGLE_C_END

#endif
