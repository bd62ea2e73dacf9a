/* tls.c - TLS to a NATS that really speaks it: a certificate of another host or of
 * somebody unknown is refused with a sentence. */
#include "brokers/nats/line.h"
#include "brokers/server_process.h"
#include "support/temp_directory.h"

#include <nats/nats.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { URL_SIZE = 160 };

static struct nats_server *server;
static char certificates[TEMP_PATH_SIZE];
static char ca[TEMP_PATH_SIZE], other_ca[TEMP_PATH_SIZE];
static char client[TEMP_PATH_SIZE], client_key[TEMP_PATH_SIZE];

/* Two authorities; one has signed the server, which is called localhost, and a client. */
static const char make_certificates[] =
    "cd \"$0\" && new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
    "authority() { openssl req -x509 $new -days 2 -subj \"/CN=$1\" -keyout $1.key "
    "-out $1.pem; }\n"
    "sign() { openssl req $new -subj \"/CN=$2\" -keyout $1.key -out $1.csr && "
    "echo \"subjectAltName=DNS:$2\" >$1.ext && openssl x509 -req -in $1.csr -CA ca.pem "
    "-CAkey ca.key -CAcreateserial -days 2 -extfile $1.ext -out $1.pem; }\n"
    "{ authority ca && authority other && sign server localhost && "
    "sign client bearer; } >log 2>&1";

static bool fill_directory(void)
{
    int status = 1;
    pid_t child = fork();

    if (child == 0) {
        execl("/bin/sh", "sh", "-c", make_certificates, certificates, (char *)NULL);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void start_server(void)
{
    char more[4 * TEMP_PATH_SIZE];

    if (access("/usr/bin/openssl", X_OK))
        server_skip("openssl is not installed (Debian: apt-get install openssl)");
    if (!temp_directory_make(certificates) || !fill_directory())
        server_give_up("no certificates");
    temp_directory_path(ca, certificates, "ca.pem");
    temp_directory_path(other_ca, certificates, "other.pem");
    temp_directory_path(client, certificates, "client.pem");
    temp_directory_path(client_key, certificates, "client.key");
    snprintf(more, sizeof more,
             "tls { cert_file: \"%s/server.pem\", key_file: \"%s/server.key\", "
             "ca_file: \"%s\", verify: true }",
             certificates, certificates, ca);
    server = nats_server_start(more);
}

static void write_url(char url[URL_SIZE], const char *scheme, const char *host)
{
    snprintf(url, URL_SIZE, "%s://jangle:%s@%s:%d", scheme, nats_server_password, host,
             nats_server_port(server));
}

static void expect_refused(const char *url, const struct jangle_nats_options *options)
{
    struct jangle_transport *transport = line_open(url, options);
    struct jangle_error error = {0};

    assert_result(line_publish(transport, NULL, "one", 3, LINE_WAIT_MS, &error),
                  JANGLE_BUSY);
    assert_non_null(strstr(error.message, "cannot be reached"));
    assert_null(strstr(error.message, nats_server_password));
    line_close(transport);
}

static void a_queue_goes_by_tls(void **state)
{
    const struct jangle_nats_options options = {
        .ca_file = ca, .cert_file = client, .key_file = client_key};
    struct jangle_transport *transport;
    struct jangle_parcel parcel;
    char url[URL_SIZE];

    (void)state;
    write_url(url, "tls", "localhost");
    transport = line_fresh(url, &options);
    line_attach(transport, &line_queue);
    assert_result(line_publish(transport, NULL, "one", 3, LINE_WAIT_MS, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    assert_int_equal(parcel.body_size, 3);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    line_close(transport);
}

static void who_is_not_known_is_refused(void **state)
{
    const struct jangle_nats_options other = {
        .ca_file = other_ca, .cert_file = client, .key_file = client_key};
    const struct jangle_nats_options system = {.cert_file = client,
                                               .key_file = client_key};
    char url[URL_SIZE];

    (void)state;
    write_url(url, "tls", "localhost");
    expect_refused(url, &other);
    expect_refused(url, &system);
}

static void another_host_is_refused(void **state)
{
    const struct jangle_nats_options options = {
        .ca_file = ca, .cert_file = client, .key_file = client_key};
    char url[URL_SIZE];

    (void)state;
    write_url(url, "tls", "127.0.0.1");
    expect_refused(url, &options);
}

static void without_our_certificate_the_server_refuses(void **state)
{
    const struct jangle_nats_options options = {.ca_file = ca};
    char url[URL_SIZE];

    (void)state;
    write_url(url, "tls", "localhost");
    expect_refused(url, &options);
}

static void a_file_that_is_missing_is_told(void **state)
{
    const struct jangle_nats_options options = {.ca_file = "/no/such/file.pem"};
    char url[URL_SIZE];

    (void)state;
    write_url(url, "tls", "localhost");
    expect_refused(url, &options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_goes_by_tls),
        cmocka_unit_test(who_is_not_known_is_refused),
        cmocka_unit_test(another_host_is_refused),
        cmocka_unit_test(without_our_certificate_the_server_refuses),
        cmocka_unit_test(a_file_that_is_missing_is_told)};
    int failed;

    start_server();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    nats_server_stop(server);
    temp_directory_remove(certificates);
    nats_Close();
    return failed;
}
