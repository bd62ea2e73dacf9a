/* conversion.h - one call of encode or decode: what it works for, and how it fails. */
#ifndef JN_CONVERSION_H
#define JN_CONVERSION_H

#include "common/moment.h"

#include <jangle/plugin/format.h>
#include <jangle/plugin/json.h>

/* How deep the data of a message may be nested when it is written. The reader takes some
 * levels more, because a format has objects around the data. */
enum { JN_DATA_DEPTH_MAX = JN_JSON_DEPTH_MAX - 8 };

struct jn_conversion {
    const char *format; /* its name, which every error begins with */
    struct jangle_arena *arena;
    struct jangle_error *error; /* may be NULL */
};

/* Begin, with an error that is cleared. */
struct jn_conversion jn_conversion_begin(const struct jangle_format *format,
                                         struct jangle_arena *arena,
                                         struct jangle_error *error);

/* A parcel before it is filled in: only what a format fills in is changed. */
void jn_conversion_empty(struct jangle_parcel *parcel);

/* Reads a parcel into contents whose texts are "". Members that the contents have no
 * place for are put into `extra`, without braces around them. */
typedef enum jangle_result jn_read_fn(const struct jn_conversion *conversion,
                                      const struct jangle_parcel *parcel,
                                      struct jangle_contents *contents,
                                      struct jn_json_writer *extra);

/* What each format does in `decode`: clear the contents, read the parcel, and put the
 * extras into the contents. If the result is not OK, the contents are clear. */
enum jangle_result jn_conversion_decode(const struct jangle_format *format,
                                        struct jangle_arena *arena,
                                        const struct jangle_parcel *parcel,
                                        struct jangle_contents *contents,
                                        struct jangle_error *error,
                                        jn_read_fn *read);

/* INVALID, with a sentence that begins with the name of the member at fault. */
enum jangle_result jn_conversion_refuse(const struct jn_conversion *conversion,
                                        const char *member,
                                        const char *format,
                                        ...) JANGLE_PRINTF(3, 4);

/* The time of a message as text. INVALID: the year is not one of 0 to 9999. */
enum jangle_result jn_conversion_write_time(const struct jn_conversion *conversion,
                                            char text[JN_MOMENT_SIZE],
                                            jangle_time at,
                                            char separator,
                                            const char *zone);

/* NOT_FOUND: the parcel has another format. */
enum jangle_result jn_conversion_pass(const struct jn_conversion *conversion);
enum jangle_result jn_conversion_no_memory(const struct jn_conversion *conversion);

/* Read the JSON in `text` to its end. Its depth is that of data. */
enum jangle_result jn_conversion_check_json(const struct jn_conversion *conversion,
                                            const char *member,
                                            const char *text,
                                            struct jn_json_span *value);

/* A copy that ends with a zero. */
enum jangle_result jn_conversion_copy(const struct jn_conversion *conversion,
                                      const struct jn_json_span *span,
                                      const char **text);

/* The text that a JSON text with its quotes stands for. */
enum jangle_result jn_conversion_unescape(const struct jn_conversion *conversion,
                                          const char *member,
                                          const struct jn_json_span *quoted,
                                          const char **text);

/* Fails if a text of the contents is NULL or not UTF-8. */
enum jangle_result jn_conversion_check_text(const struct jn_conversion *conversion,
                                            const char *member,
                                            const char *text);

#endif
