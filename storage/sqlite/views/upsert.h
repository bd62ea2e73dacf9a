/* upsert.h - one row, written so that neither order nor repetition of calls matters.
 * INSERT INTO "t" ("k", "d", "c", "c_version", "g") VALUES (?, ?, ?, ?, ?) ON CONFLICT
 * ("k") DO UPDATE SET "d" = CASE WHEN excluded."d" IS NOT NULL THEN excluded."d" ELSE
 * "t"."d" END, "c" = CASE WHEN excluded."c_version" > "t"."c_version" OR ... WHERE any
 * of those holds and changes something A value comes with its version or not at all: if
 * one of the two is absent, both are bound as NULL, so that a version without a value
 * never keeps another value out. */
#ifndef JN_UPSERT_H
#define JN_UPSERT_H

#include "sqlite/views/view_file.h"

enum jangle_result jn_view_check(struct jangle_view_file *file,
                                 const struct jangle_upsert *const *upserts,
                                 size_t count,
                                 struct jangle_error *error);

#endif
