/* check.c - messages are checked before they are sent, asked or emitted. */

#include "message/check.h"

#include "base/error.h"
#include "base/number.h"
#include "message/describe.h"
#include "message/member.h"
#include "message/path.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

struct jangle_check {
    const struct jn_path *path; /* of the message that is being checked */
    struct jangle_error error;  /* the first complaint */
};

/* ---- patterns ---------------------------------------------------------------- */

/* Read the set after a '[': does it hold the character? Returns what follows the ']', or
 * NULL if there is none. A ']' that comes first, and a '-' at either end, stand for
 * themselves. */
static const char *match_set(const char *at, uint32_t character, bool *matches)
{
    bool inverted = *at == '^', found = false;
    const char *first = at + inverted;

    for (at = first; *at && (*at != ']' || at == first);) {
        uint32_t low = jn_utf8_next(&at), high = low;

        if (at[0] == '-' && at[1] && at[1] != ']') {
            at++;
            high = jn_utf8_next(&at);
        }
        found |= character >= low && character <= high;
    }
    *matches = found != inverted;
    return *at ? at + 1 : NULL;
}

/* Match one character of the text with one element of the pattern, which is not '*'.
 * Returns what follows in the pattern; NULL if they do not match. */
static const char *match_one(const char *pattern, uint32_t character)
{
    bool matches = true;

    if (*pattern == '[')
        pattern = match_set(pattern + 1, character, &matches);
    else if (*pattern == '?')
        pattern++;
    else
        matches = *pattern && jn_utf8_next(&pattern) == character;
    return matches ? pattern : NULL;
}

/* Does each '[' have its ']'? */
static bool pattern_is_sound(const char *pattern)
{
    bool matches;

    while (pattern && *pattern)
        pattern = *pattern == '[' ? match_set(pattern + 1, 0, &matches) : pattern + 1;
    return pattern != NULL;
}

/* Where the text does not match, the last '*' takes one more character. Earlier ones need
 * not be tried again, so the time is at most the product of the two lengths. */
static bool matches_pattern(const char *text, const char *pattern)
{
    const char *star = NULL, *starred = NULL;

    while (*text) {
        const char *next = text, *rest;

        if (*pattern == '*') {
            star = ++pattern;
            starred = text;
            continue;
        }
        rest = match_one(pattern, jn_utf8_next(&next));
        if (rest) {
            pattern = rest;
            text = next;
        } else if (star) {
            jn_utf8_next(&starred);
            text = starred;
            pattern = star;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

/* ---- complaints -------------------------------------------------------------- */

/* False, with the complaint, which names the member. The first one stays. */
#define COMPLAIN(check, member, ...)                                                     \
    ((void)jn_path_fail(&(struct jn_path){(check)->path, member, 0}, &(check)->error,    \
                        __VA_ARGS__),                                                    \
     false)

bool jangle_check_int_(struct jangle_check *check,
                       const char *member,
                       int64_t value,
                       int64_t low,
                       int64_t high)
{
    if (value >= low && value <= high)
        return true;
    return COMPLAIN(check, member, "%" PRId64 " is not in %" PRId64 "..%" PRId64, value,
                    low, high);
}

bool jangle_check_real_(
    struct jangle_check *check, const char *member, double value, double low, double high)
{
    char texts[3][JN_NUMBER_SIZE];

    if (value >= low && value <= high)
        return true;
    jn_number_write(texts[0], value);
    jn_number_write(texts[1], low);
    jn_number_write(texts[2], high);
    return COMPLAIN(check, member, "%s is not in %s..%s", texts[0], texts[1], texts[2]);
}

bool jangle_check_optional_int_(struct jangle_check *check,
                                const char *member,
                                jangle_optional_int value,
                                int64_t low,
                                int64_t high)
{
    return !value.given || jangle_check_int_(check, member, value.value, low, high);
}

bool jangle_check_optional_real_(struct jangle_check *check,
                                 const char *member,
                                 jangle_optional_real value,
                                 double low,
                                 double high)
{
    return !value.given || jangle_check_real_(check, member, value.value, low, high);
}

/* In characters, as people count them. */
bool jangle_check_length_(struct jangle_check *check,
                          const char *member,
                          const char *value,
                          size_t low,
                          size_t high)
{
    size_t length = 0;

    if (!value)
        return COMPLAIN(check, member, "is NULL");
    while (jn_utf8_next(&value))
        length++;
    if (length >= low && length <= high)
        return true;
    return COMPLAIN(check, member, "a length of %zu is not in %zu..%zu", length, low,
                    high);
}

bool jangle_check_optional_length_(struct jangle_check *check,
                                   const char *member,
                                   jangle_optional_text value,
                                   size_t low,
                                   size_t high)
{
    return !value.given || jangle_check_length_(check, member, value.value, low, high);
}

/* The sentence does not show the text, which may be a secret. */
bool jangle_check_pattern_(struct jangle_check *check,
                           const char *member,
                           const char *value,
                           const char *pattern)
{
    if (!value)
        return COMPLAIN(check, member, "is NULL");
    if (!pattern_is_sound(pattern))
        return COMPLAIN(check, member, "its pattern \"%s\" has a [ without a ]", pattern);
    if (matches_pattern(value, pattern))
        return true;
    return COMPLAIN(check, member, "does not match \"%s\"", pattern);
}

bool jangle_check_optional_pattern_(struct jangle_check *check,
                                    const char *member,
                                    jangle_optional_text value,
                                    const char *pattern)
{
    return !value.given || jangle_check_pattern_(check, member, value.value, pattern);
}

bool jangle_check_that_(
    struct jangle_check *check, const char *member, bool holds, const char *format, ...)
{
    char words[sizeof check->error.message];
    struct jn_sentence sentence = jn_sentence_in(words, sizeof words);
    va_list values;

    if (holds)
        return true;
    va_start(values, format);
    jn_sentence_add_values(&sentence, format, values);
    va_end(values);
    return COMPLAIN(check, member, "%s", words);
}

/* ---- a message and what it contains ------------------------------------------ */

/* One walk over a message. For an answer no check is run, and a text may be NULL. */
struct run {
    bool is_answer;
    struct jangle_error *error;
};

static enum jangle_result check_struct(const struct jangle_message *type,
                                       const void *data,
                                       const struct jn_path *path,
                                       const struct run *run);

static enum jangle_result check_list(const struct jangle_message *type,
                                     const void *member,
                                     const struct jn_path *path,
                                     const struct run *run)
{
    struct jangle_list list = jn_list_read(member);
    enum jangle_result result = JANGLE_OK;

    if (list.count && !list.items)
        return jn_path_fail(path, run->error, "its items are NULL, and its count is %zu",
                            list.count);
    for (size_t i = 0; i < list.count && !result; i++) {
        struct jn_path item = {path, NULL, i};

        result = check_struct(type, jn_list_item(&list, type, i), &item, run);
    }
    return result;
}

static enum jangle_result check_value(const struct jangle_field *field,
                                      enum jangle_kind kind,
                                      const void *value,
                                      const struct jn_path *path,
                                      const struct run *run)
{
    const char *text;

    switch (kind) {
    case JANGLE_KIND_TEXT:
        text = *(const char *const *)value;
        return !text && run->is_answer ? JANGLE_OK
                                       : jn_path_check_text(path, text, run->error);
    case JANGLE_KIND_NESTED:
        return check_struct(field->type, value, path, run);
    case JANGLE_KIND_LIST:
        return check_list(field->type, value, path, run);
    case JANGLE_KIND_JSON: /* jn_encode reads the text, and refuses what is no JSON */
    case JANGLE_KIND_BOOL:
    case JANGLE_KIND_INT:
    case JANGLE_KIND_REAL:
    case JANGLE_KIND_TIME:
        return JANGLE_OK;
    case JN_NO_VALUE:
        break;
    }
    assert(false && "a value is of none of these kinds");
    return JANGLE_INVALID;
}

/* The members first: a check of the type may rely on texts and lists that are sound. */
static enum jangle_result check_struct(const struct jangle_message *type,
                                       const void *data,
                                       const struct jn_path *path,
                                       const struct run *run)
{
    struct jangle_check check = {path, {JANGLE_OK, ""}};
    enum jangle_result result = JANGLE_OK;

    for (const struct jangle_field *field = type->fields; field->name && !result;
         field++) {
        struct jn_path member = {path, field->name, 0};
        enum jangle_kind kind;
        const void *value = jn_member_value(data, field, &kind);

        if (value)
            result = check_value(field, kind, value, &member, run);
    }
    if (result || run->is_answer || !type->check)
        return result;
    type->check(&check, data);
    if (!check.error.result)
        return JANGLE_OK;
    return jn_fail_as(run->error, &check.error);
}

enum jangle_result jn_check_run(const struct jangle_message *type,
                                const void *data,
                                struct jangle_error *error)
{
    return check_struct(type, data, &(struct jn_path){NULL, type->name, 0},
                        &(struct run){.error = error});
}

enum jangle_result jn_check_answer(const struct jangle_message *type,
                                   const void *data,
                                   struct jangle_error *error)
{
    return check_struct(type, data, &(struct jn_path){NULL, type->name, 0},
                        &(struct run){.is_answer = true, .error = error});
}
