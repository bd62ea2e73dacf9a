/* text.c - texts that people read: nothing in them steers a terminal, and what is too
 * long is cut between two characters. */
#include "base/utf8.h"

#include <jangle/plugin/support.h>

#include <assert.h>
#include <stdio.h>

enum { NOT_UTF8 = 0x110000, PIECE_SIZE = 12 };

static const char DOTS[] = "...";

/* ---- one character ----------------------------------------------------------- */

/* Characters that a terminal or an editor obeys instead of showing them: controls, ends
 * of lines, and marks that turn the direction of writing. */
static const struct range {
    uint32_t first, last;
} harmful[] = {
    {0x00, 0x1F},     {0x7F, 0x9F},     {0x061C, 0x061C},       {0x200E, 0x200F},
    {0x2028, 0x202E}, {0x2066, 0x2069}, {NOT_UTF8, UINT32_MAX},
};

static bool is_harmful(uint32_t character)
{
    for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++)
        if (character >= harmful[i].first && character <= harmful[i].last)
            return true;
    return false;
}

/* Can the character be copied as it is, whatever the style? Most can. */
static bool is_plain(char character, enum jn_sentence_style style)
{
    bool quoted = style == JN_SENTENCE_QUOTED || style == JN_SENTENCE_JSON;

    return character >= ' ' && character <= '~' &&
           !(quoted && (character == '"' || character == '\\'));
}

/* Take the character at `*at`, which moves past it. What must not be shown as it is
 * becomes an escape. In a line for people only the first byte of a harmful character is
 * escaped, as \xNN; the bytes after it are then no characters, and are escaped alike. In
 * JSON four digits are enough, because all harmful characters lie in the first plane; a
 * byte that is not UTF-8 becomes U+FFFD there, since JSON must be UTF-8. */
static void
take_piece(char piece[PIECE_SIZE], const char **at, enum jn_sentence_style style)
{
    bool quoted = style == JN_SENTENCE_QUOTED || style == JN_SENTENCE_JSON;
    const char *start = *at;
    uint32_t character = jn_utf8_next(at);

    if (quoted && (character == '"' || character == '\\')) {
        snprintf(piece, PIECE_SIZE, "\\%c", *start);
    } else if (style == JN_SENTENCE_RAW || !is_harmful(character)) {
        memcpy(piece, start, (size_t)(*at - start));
        piece[*at - start] = '\0';
    } else if (style == JN_SENTENCE_JSON) {
        snprintf(piece, PIECE_SIZE, "\\u%04x",
                 character < NOT_UTF8 ? (unsigned)character : 0xfffdu);
    } else {
        *at = start + 1;
        snprintf(piece, PIECE_SIZE, "\\x%02x", (unsigned char)*start);
    }
}

/* ---- a sentence -------------------------------------------------------------- */

struct jn_sentence jn_sentence_in(char *text, size_t size)
{
    assert(size > sizeof DOTS);
    *text = '\0';
    return (struct jn_sentence){.text = text, .size = size};
}

/* Copy plain characters as long as there is room for the dots after them. Returns where
 * it stopped. */
static const char *put_plain(struct jn_sentence *sentence, const char *text)
{
    const char *end = text;
    size_t room = sentence->size - sentence->used;

    while ((size_t)(end - text) + sizeof DOTS < room && is_plain(*end, sentence->style))
        end++;
    if (end == text)
        return text;
    memcpy(sentence->text + sentence->used, text, (size_t)(end - text));
    sentence->used += (size_t)(end - text);
    sentence->text[sentence->used] = '\0';
    sentence->kept = sentence->used;
    return end;
}

/* A piece that finds no room makes the sentence full: the dots go behind the last piece
 * that left room for them (`kept`), so no character is cut in two. */
static void put_piece(struct jn_sentence *sentence, const char *piece)
{
    size_t length = strlen(piece);

    sentence->full = sentence->used + length >= sentence->size;
    if (sentence->full) {
        memcpy(sentence->text + sentence->kept, DOTS, sizeof DOTS);
        sentence->used = sentence->kept + strlen(DOTS);
        return;
    }
    memcpy(sentence->text + sentence->used, piece, length + 1);
    sentence->used += length;
    if (sentence->used + sizeof DOTS <= sentence->size)
        sentence->kept = sentence->used;
}

void jn_sentence_put(struct jn_sentence *sentence, const char *text)
{
    while (*text && !sentence->full) {
        char piece[PIECE_SIZE];

        text = put_plain(sentence, text);
        if (!*text)
            return;
        take_piece(piece, &text, sentence->style);
        put_piece(sentence, piece);
    }
}

/* vsnprintf may cut in the middle of a character. That does no harm: its room is larger
 * than that of any sentence, which cuts again before that place. */
bool jn_sentence_add_values(struct jn_sentence *sentence,
                            const char *format,
                            va_list values)
{
    char raw[JN_SENTENCE_MAX_SIZE + JN_UTF8_SIZE];
    bool made = vsnprintf(raw, sizeof raw, format, values) >= 0;

    assert(sentence->size <= JN_SENTENCE_MAX_SIZE);
    if (made)
        jn_sentence_put(sentence, raw);
    return made;
}

void jn_sentence_add(struct jn_sentence *sentence, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    jn_sentence_add_values(sentence, format, values);
    va_end(values);
}

/* ---- all at once ------------------------------------------------------------- */

const char *jn_text_show(char *buffer, size_t size, const char *text)
{
    struct jn_sentence sentence = jn_sentence_in(buffer, size);

    jn_sentence_put(&sentence, text ? text : "?");
    return buffer;
}

void jn_text_copy(char *to, size_t size, const char *text)
{
    struct jn_sentence sentence = jn_sentence_in(to, size);

    sentence.style = JN_SENTENCE_RAW;
    jn_sentence_put(&sentence, text);
}

void jn_text_format(char *buffer, size_t size, const char *format, ...)
{
    struct jn_sentence sentence = jn_sentence_in(buffer, size);
    va_list values;

    va_start(values, format);
    jn_sentence_add_values(&sentence, format, values);
    va_end(values);
}
