/* base64.c - bytes as text, and back. */
#include "common/base64.h"

#include "support/samples.h"
#include "support/test.h"

#include <string.h>

/* The vectors of RFC 4648, section 10. */
static void the_vectors_of_the_standard_hold(void **state)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xbf", "+/+/"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = strlen(cases[i].bytes), count;
        char text[20] = {0}, bytes[20];

        assert_int_equal(jn_base64_size(size), strlen(cases[i].text));
        jn_base64_write(text, cases[i].bytes, size);
        assert_string_equal(text, cases[i].text);
        assert_true(jn_base64_read(text, strlen(text), bytes, &count));
        assert_int_equal(count, size);
        assert_memory_equal(bytes, cases[i].bytes, size);
    }
}

static void what_is_no_base64_is_refused(void **state)
{
    static const char *const texts[] = {"Z",    "Zg",       "Zg=",  "====",      "=Zg=",
                                        "Z===", "Zg==Zg==", "Zg =", "Zg\n=",     "Zm9-",
                                        "Zm9_", "Zm9vZ",    "Zg=a", "\xc3\xa9=="};
    char bytes[20];
    size_t count;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (jn_base64_read(texts[i], strlen(texts[i]), bytes, &count))
            fail_msg("%s was read", texts[i]);
    assert_false(jn_base64_read("Zg\0=", 4, bytes, &count));
}

static void any_bytes_are_read_back_the_same(void **state)
{
    struct samples samples = {.state = 1};

    (void)state;
    for (size_t size = 0; size < 200; size++) {
        unsigned char bytes[200], back[200];
        char text[300];
        size_t count;

        for (size_t i = 0; i < size; i++)
            bytes[i] = (unsigned char)sample_bits(&samples);
        jn_base64_write(text, bytes, size);
        assert_true(jn_base64_read(text, jn_base64_size(size), back, &count));
        assert_int_equal(count, size);
        assert_memory_equal(back, bytes, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_standard_hold),
        cmocka_unit_test(what_is_no_base64_is_refused),
        cmocka_unit_test(any_bytes_are_read_back_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
