/* utf8.c - characters by RFC 3629, all of them and nothing else. */
#include "base/utf8.h"

#include "support/test.h"

#include <string.h>

static void every_character_is_valid_and_reads_back(void **state)
{
    (void)state;
    for (uint32_t character = 1; character < 0x110000; character++) {
        char text[JN_UTF8_SIZE + 1] = {0};
        const char *at = text;
        size_t size;

        if (character == 0xD800)
            character = 0xE000;
        size = jn_utf8_write(text, character);
        assert_true(jn_utf8_is_valid(text, size));
        assert_true(jn_utf8_next(&at) == character);
        assert_true(at == text + size);
        for (size_t cut = 1; cut < size; cut++)
            assert_int_equal(jn_utf8_valid_size(text, cut), 0);
    }
}

/* By the definition, the long way round: decode, and see what the shortest form is. */
static bool is_character(const unsigned char *bytes, size_t size)
{
    static const uint32_t least[] = {0, 1, 0x80, 0x800, 0x10000};
    static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    uint32_t character = size == 1 ? bytes[0] : bytes[0] & (0x7Fu >> size);

    if (size == 1 ? bytes[0] >= 0x80
                  : (bytes[0] & (0xFF80u >> size & 0xFF)) != marks[size])
        return false;
    for (size_t i = 1; i < size; i++) {
        if (bytes[i] >> 6 != 2)
            return false;
        character = character << 6 | (bytes[i] & 0x3Fu);
    }
    return character >= least[size] && character < 0x110000 &&
           !(character >= 0xD800 && character <= 0xDFFF);
}

static void all_pairs_and_triples_of_bytes_are_judged_right(void **state)
{
    unsigned char bytes[3];

    (void)state;
    for (uint32_t all = 0; all < 1u << 24; all += all >> 16 < 0xE0 ? 251 : 1) {
        size_t expected = 0;

        bytes[0] = (unsigned char)(all >> 16);
        bytes[1] = (unsigned char)(all >> 8);
        bytes[2] = (unsigned char)all;
        if (bytes[0] >= 0xF0)
            break;
        for (size_t size = 1; size <= 3 && !expected; size++)
            expected = is_character(bytes, size) ? size : 0;
        if (expected)
            assert_true(jn_utf8_valid_size((char *)bytes, 3) >= expected);
        else
            assert_int_equal(jn_utf8_valid_size((char *)bytes, 3), 0);
    }
}

static void quadruples_are_judged_right_at_their_borders(void **state)
{
    static const unsigned char border[] = {0x00, 0x7F, 0x80, 0x8F,
                                           0x90, 0xBF, 0xC0, 0xFF};
    unsigned char bytes[4];

    (void)state;
    for (uint32_t lead = 0xF0; lead <= 0xFF; lead++)
        for (uint32_t i = 0; i < 512; i++) {
            bytes[0] = (unsigned char)lead;
            bytes[1] = border[i % 8];
            bytes[2] = border[i / 8 % 8];
            bytes[3] = border[i / 64];
            assert_int_equal(jn_utf8_is_valid((char *)bytes, 4), is_character(bytes, 4));
        }
}

static void judge_byte(size_t size, size_t place, unsigned byte)
{
    char text[24];

    memset(text, 0x7F, size);
    text[place] = (char)byte;
    if (place > 0)
        text[place - 1] = '\1';
    assert_int_equal(jn_utf8_valid_size(text, size),
                     byte > 0 && byte < 0x80 ? size : place);
    if (place + 2 > size)
        return;
    memcpy(text + place, "\xC3\xA4", 2);
    assert_true(jn_utf8_is_valid(text, size));
}

/* Plain text is judged eight bytes at a time, and the last eight of a text may overlap
 * those before: a byte that is none is found wherever it lies, and so is a character that
 * begins in one eight and ends in the next. */
static void a_byte_is_judged_alike_wherever_it_lies(void **state)
{
    (void)state;
    for (size_t size = 7; size <= 24; size++)
        for (size_t place = 0; place < size; place++)
            for (unsigned byte = 0; byte < 256; byte++)
                judge_byte(size, place, byte);
}

static void a_nul_is_not_valid(void **state)
{
    (void)state;
    assert_int_equal(jn_utf8_valid_size("ab\0c", 4), 2);
    assert_true(jn_utf8_is_valid("", 0));
}

static void a_stray_byte_counts_as_one_character(void **state)
{
    const char *at = "a\xff\xe2\x82";
    size_t count = 0;

    (void)state;
    assert_true(jn_utf8_next(&at) == 'a');
    assert_true(jn_utf8_next(&at) >= 0x110000);
    while (jn_utf8_next(&at))
        count++;
    assert_int_equal(count, 2);
    assert_int_equal(*at, 0);
    assert_true(jn_utf8_next(&at) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_is_valid_and_reads_back),
        cmocka_unit_test(all_pairs_and_triples_of_bytes_are_judged_right),
        cmocka_unit_test(quadruples_are_judged_right_at_their_borders),
        cmocka_unit_test(a_byte_is_judged_alike_wherever_it_lies),
        cmocka_unit_test(a_nul_is_not_valid),
        cmocka_unit_test(a_stray_byte_counts_as_one_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
