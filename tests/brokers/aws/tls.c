/* tls.c - the certificate of an endpoint and the name of its host are checked, and who
 * may have signed it is an option. */
#include "brokers/aws/line.h"
#include "brokers/server_process.h"
#include "support/temp_directory.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ASK_MS = 5000 };

static char directory[TEMP_PATH_SIZE], certificate[TEMP_PATH_SIZE], key[TEMP_PATH_SIZE],
    output[TEMP_PATH_SIZE];
static int port;
static pid_t child;

/* A certificate for "localhost" that nobody trusts, and a server that has it. */
static int begin(void **state)
{
    char command[2 * TEMP_PATH_SIZE + 300], address[32];
    const char *const words[] = {"openssl", "s_server",  "-accept", address, "-www",
                                 "-cert",   certificate, "-key",    key,     NULL};

    (void)state;
    if (!temp_directory_make(directory))
        server_give_up("a directory for a certificate");
    temp_directory_path(certificate, directory, "cert.pem");
    temp_directory_path(key, directory, "key.pem");
    temp_directory_path(output, directory, "output");
    snprintf(command, sizeof command,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
             "-days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost "
             "-keyout %s -out %s 2>/dev/null",
             key, certificate);
    if (system(command) != 0)
        server_skip("openssl is not installed (Debian: apt-get install openssl)");
    server_draw_ports(&port, 1);
    snprintf(address, sizeof address, "127.0.0.1:%d", port);
    child = server_start(words, "/dev/null", output, NULL, NULL);
    if (!server_wait(&child, port))
        server_give_up("openssl s_server does not listen");
    return 0;
}

static int end(void **state)
{
    (void)state;
    server_end(&child, SIGKILL);
    temp_directory_remove(directory);
    return 0;
}

/* What becomes of a request to that host. The server is none of Amazon's: if it is
 * trusted, it gets the request, and does not answer. */
static enum jangle_result
ask(const char *host, const char *ca_file, struct jangle_error *error)
{
    char endpoint[64] = "";
    struct jangle_aws_options options = aws_options(endpoint);
    struct jangle_parcel parcel = aws_parcel(NULL, AWS_QUEUE, "a");
    struct jangle_transport *transport;

    snprintf(endpoint, sizeof endpoint, "https://%s:%d", host, port);
    options.ca_file = ca_file;
    transport = aws_open(&options);
    transport->ops->publish(transport, &parcel, 1, ASK_MS, error);
    line_close(transport);
    return parcel.result;
}

static void a_certificate_that_nobody_trusts_is_refused(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    assert_result(ask("localhost", NULL, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "certificate"));
}

static void the_name_of_the_host_is_checked(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    assert_result(ask("127.0.0.1", certificate, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "certificate"));
}

static void a_certificate_of_our_own_authority_is_accepted(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    assert_result(ask("localhost", certificate, &error), JANGLE_TIMEOUT);
    assert_null(strstr(error.message, "certificate"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_that_nobody_trusts_is_refused),
        cmocka_unit_test(the_name_of_the_host_is_checked),
        cmocka_unit_test(a_certificate_of_our_own_authority_is_accepted),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
