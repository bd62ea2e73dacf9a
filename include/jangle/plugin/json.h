/* json.h - reads JSON text (RFC 8259) piece by piece: no tree, no recursion, no memory;
 * and writes it into an arena. It is shared by the engine and the formats in this source
 * tree. It is not installed and libjangle exports none of it.
 *
 *     if (jn_json_peek(&json) != JN_JSON_OBJECT || !jn_json_enter(&json))
 *         return false;
 *     for (bool first = true; jn_json_next_member(&json, first, &name); first = false)
 *         jn_json_skip(&json, &value);
 *
 * After the first fault every call fails, and there are no more members. */
#ifndef JANGLE_PLUGIN_JSON_H
#define JANGLE_PLUGIN_JSON_H

#include <jangle/arena.h>

JANGLE_C_BEGIN

/* ---- reading ------------------------------------------------------------------ */

enum { JN_JSON_DEPTH_MAX = 1024 }; /* also if a limit is greater */

enum jn_json_kind {
    JN_JSON_NONE, /* no value starts here */
    JN_JSON_NULL,
    JN_JSON_BOOL,
    JN_JSON_NUMBER,
    JN_JSON_TEXT,
    JN_JSON_LIST,
    JN_JSON_OBJECT
};

struct jn_json {
    const char *start;
    const char *at;
    const char *end;
    int64_t depth_left;
    const char *fault; /* what is wrong at `at`; NULL: nothing so far */
};

/* A part of the text: one value, without the space around it. */
struct jn_json_span {
    const char *text;
    size_t size;
};

/* At most `depth` lists and objects may be nested. It is a fault if the text is not
 * UTF-8. */
void jn_json_init(struct jn_json *json, const char *text, size_t size, int64_t depth);

/* The kind of the value that comes next, after space. */
enum jn_json_kind jn_json_peek(struct jn_json *json);

/* Go into the list or object that jn_json_peek has found. */
bool jn_json_enter(struct jn_json *json);

/* Go to the next item; or past the end of the list, which is false. */
bool jn_json_next_item(struct jn_json *json, bool first);

/* Go to the value of the next member; or past the end of the object, which is false. The
 * name is as it is written, without its quotes. */
bool jn_json_next_member(struct jn_json *json, bool first, struct jn_json_span *name);

/* Go past a value of any kind. */
bool jn_json_skip(struct jn_json *json, struct jn_json_span *value);

/* True if nothing but space is left. */
bool jn_json_finish(struct jn_json *json);

/* One value, and space around it. */
bool jn_json_whole(struct jn_json *json, struct jn_json_span *value);

/* Write the text between the quotes to `to`, which has span->size bytes at least, with
 * its escapes replaced. Returns NULL, or why not: it has a NUL, or half a surrogate
 * pair. */
const char *jn_json_unescape(const struct jn_json_span *span, char *to, size_t *size);

/* Is the text between the quotes this one, with its escapes replaced? */
bool jn_json_says(const struct jn_json_span *span, const char *text);

/* The number as a double. False: it is beyond the largest double, or has more than a
 * thousand characters. */
bool jn_json_read_real(const struct jn_json_span *number, double *value);

/* Is it UTF-8 without a NUL, so that JSON can hold it? */
bool jn_json_can_hold(const char *text, size_t size);

/* ---- writing ------------------------------------------------------------------ */

/* JSON that is written piece by piece. The same calls give the same bytes. Memory that
 * ran out is noticed at the end:
 *
 *     struct jn_json_writer json = {.arena = arena};
 *
 *     jn_json_open(&json, '{');
 *     jn_json_put_name(&json, "name");
 *     jn_json_put_text(&json, "Natalie", strlen("Natalie"));
 *     jn_json_close(&json, '}');
 *     return jn_json_written(&json, &size) ? JANGLE_OK : JANGLE_NO_MEMORY; */
struct jn_json_writer {
    struct jangle_arena *arena;
    bool as_python; /* as json.dumps of Python writes it: a space after each comma and
                       colon, and nothing but ASCII */
    bool comma;     /* an element was written before, at this depth */
    bool failed;    /* memory ran out: nothing more is written */
    char *text;     /* in the arena; grown by doubling */
    size_t size;
    size_t capacity;
};

/* Begin and end an object '{' '}' or a list '[' ']'. */
void jn_json_open(struct jn_json_writer *writer, char bracket);
void jn_json_close(struct jn_json_writer *writer, char bracket);

/* Write a member's name, which is UTF-8. Its value comes next. */
void jn_json_put_name(struct jn_json_writer *writer, const char *name);

/* Write a value. A text is UTF-8, and only what JSON demands is escaped. */
void jn_json_put_text(struct jn_json_writer *writer, const char *text, size_t size);
void jn_json_put_int(struct jn_json_writer *writer, int64_t value);

/* Write a finite number with the fewest digits that read back the same, and always with a
 * point or an exponent. */
void jn_json_put_real(struct jn_json_writer *writer, double value);

/* Write a value that the reader has read to its end. It is kept as it is, or as Python
 * would write it again. */
void jn_json_put_value(struct jn_json_writer *writer, const struct jn_json_span *value);

/* The text, which ends with a zero that `size` (may be NULL) does not count. NULL: memory
 * ran out. */
const char *jn_json_written(struct jn_json_writer *writer, size_t *size);

JANGLE_C_END

#endif
