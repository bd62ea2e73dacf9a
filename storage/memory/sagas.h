/* sagas.h - sagas and their steps: how they are changed and read. */
#ifndef JN_SAGAS_H
#define JN_SAGAS_H

#include "memory/memory.h"

/* Let the sagas of that name have another; NULL: forget them. NO_MEMORY. */
enum jangle_result
jn_memory_rename_sagas(struct jn_memory_store *store, const char *saga, const char *name);

enum jangle_result jn_memory_read_saga(struct jangle_store *base,
                                       const char *saga,
                                       const char *id,
                                       jangle_saga_fn *visit,
                                       void *context,
                                       struct jangle_error *error);

enum jangle_result jn_memory_read_due_sagas(struct jangle_store *base,
                                            jangle_time now,
                                            size_t limit,
                                            jangle_saga_fn *visit,
                                            void *context,
                                            struct jangle_error *error);

enum jangle_result jn_memory_read_sagas(struct jangle_store *base,
                                        const char *saga,
                                        enum jangle_saga_status status,
                                        const char *id,
                                        size_t limit,
                                        jangle_saga_fn *visit,
                                        void *context,
                                        struct jangle_error *error);

/* CONFLICT, with its sentence in the part's error; NO_MEMORY. */
enum jangle_result jn_memory_put_saga(struct jn_memory_store *store,
                                      struct jangle_saga_record *saga);

#endif
