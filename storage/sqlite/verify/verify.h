/* verify.h - check the file of a store, and those of its views. */
#ifndef JN_SQLITE_VERIFY_H
#define JN_SQLITE_VERIFY_H

#include <jangle/plugin/verify.h>

/* jangle_storage.verify of jangle_sqlite. */
enum jangle_result jn_sqlite_verify(const struct jangle_storage *storage,
                                    const struct jangle_host *host,
                                    struct jangle_verification *verification,
                                    struct jangle_error *error);

#endif
