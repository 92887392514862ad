/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_credentials.h"

#include "sandbox_init/gitconfig.h"
#include "sandbox_init/premises.h"

#include <stdio.h>
#include <string.h>

enum {
    KEY_FILE_SIZE = 16384, /* that are read of a private key's file */
    WORD_SIZE = 64,
};

/* A file in a home or workspace, and the names behind which a secret stands; NULL: all of it is one. */
struct store {
    const char *path;
    const char *keys; /* with blanks between them */
};

static const struct store home_stores[] = {
    {"/.git-credentials", NULL},
    {"/.config/git/credentials", NULL},
    {"/.netrc", "password"},
    {"/.docker/config.json", "auth identitytoken registrytoken"},
    {"/.npmrc", "_authToken _auth _password"},
    {"/.yarnrc.yml", "npmAuthToken npmAuthIdent"},
    {"/.config/gh/hosts.yml", "oauth_token"},
    {"/.config/hub", "oauth_token"},
    {"/.config/glab-cli/config.yml", "token"},
    {"/.aws/credentials", "aws_secret_access_key aws_session_token"},
    {"/.azure/msal_token_cache.json", NULL},
    {"/.azure/accessTokens.json", NULL},
    {"/.azure/service_principal_entries.json", NULL},
    {"/.config/gcloud/application_default_credentials.json", "refresh_token private_key"},
    {"/.config/gcloud/credentials.db", "refresh_token private_key"},
    {"/.config/doctl/config.yaml", "access-token"},
    {"/.config/rclone/rclone.conf", "pass token secret_access_key"},
    {"/.s3cfg", "secret_key"},
    {"/.kube/config", "token client-key-data password"},
    {"/.terraform.d/credentials.tfrc.json", "token"},
    {"/.vault-token", NULL},
    {"/.pypirc", "password"},
    {"/.cargo/credentials.toml", "token"},
    {"/.cargo/credentials", "token"},
    {"/.gem/credentials", "rubygems_api_key"},
    {"/.config/composer/auth.json", NULL},
    {"/.m2/settings.xml", "password"},
    {"/.pgpass", NULL},
    {"/.my.cnf", "password"},
    {"/.cache/huggingface/token", NULL},
    {NULL, NULL},
};

static const struct store workspace_stores[] = {
    {"/.npmrc", "_authToken _auth _password"},
    {"/.yarnrc.yml", "npmAuthToken npmAuthIdent"},
    {NULL, NULL},
};

/* What agents sign in with. */
static const struct store own_stores[] = {
    {"/.claude/.credentials.json", NULL},
    {"/.codex/auth.json", NULL},
    {"/.gemini/oauth_creds.json", NULL},
    {NULL, NULL},
};

/* Variables that move such files, for what begins with the path; the longest first. */
static const struct moved {
    const char *path;
    const char *variable;
} moves[] = {
    {"/.config/gcloud", "CLOUDSDK_CONFIG"},
    {"/.config/gh", "GH_CONFIG_DIR"},
    {"/.config", "XDG_CONFIG_HOME"},
    {"/.docker", "DOCKER_CONFIG"},
    {"/.npmrc", "NPM_CONFIG_USERCONFIG"},
    {"/.aws/credentials", "AWS_SHARED_CREDENTIALS_FILE"},
    {"/.kube/config", "KUBECONFIG"},
    {"/.cargo", "CARGO_HOME"},
    {"/.gnupg", "GNUPGHOME"},
};

/* Where PATH of the home of the agent is, whom the variables may lead elsewhere. */
static const char *find_moved(const struct scene *scene, const char *home, const char *path,
                              char full[static SCENE_PATH_SIZE])
{
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        const size_t length = strlen(moves[i].path);
        const char *value = premises_variable(scene, moves[i].variable);
        if (value != NULL && strcmp(home, scene->agent.home) == 0 &&
            strncmp(path, moves[i].path, length) == 0 && (path[length] == '/' || path[length] == '\0')) {
            return premises_join(full, value, path + length);
        }
    }
    return premises_join(full, home, path);
}

/* ---- is it a secret? ---- */

static bool is_in_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '-';
}

/* Is AT, in TEXT, in a line that begins as a comment? */
static bool is_comment(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n') {
        at--;
    }
    at += strspn(at, " \t");
    return *at == '#' || *at == ';';
}

/* Is there a value behind the name that ends at TEXT, in any of the ways in which files write it? */
static bool has_value(const char *text)
{
    const size_t between = strspn(text, " \t:=\"'>");
    text += between;
    return between > 0 && *text != '\0' && strchr("\r\n{[,;#<}", *text) == NULL &&
           strncmp(text, "${", 2) != 0 && strncmp(text, "null", strlen("null")) != 0;
}

static bool has_key(const char *text, const char *key)
{
    const char *at = text;
    while ((at = strstr(at, key)) != NULL) {
        const bool is_here = (at == text || !is_in_word(at[-1])) && has_value(at + strlen(key));
        if (is_here && !is_comment(text, at)) {
            return true;
        }
        at += is_here ? strcspn(at, "\n") : 1; /* each line is looked through once, however it is made */
    }
    return false;
}

static bool has_secret(const char *text, const char *keys)
{
    if (keys == NULL) {
        return text[strspn(text, " \t\r\n{}[]")] != '\0';
    }
    while (*keys != '\0') {
        char key[WORD_SIZE];
        const size_t length = strcspn(keys, " ");
        snprintf(key, sizeof key, "%.*s", (int)length, keys);
        if (has_key(text, key)) {
            return true;
        }
        keys += length;
        keys += strspn(keys, " ");
    }
    return false;
}

/* "https://user:password@host/", or with a token in the user's place. */
static bool has_password(const char *address)
{
    static const char *const tokens[] = {"ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-"};
    const char *user = strstr(address, "://");
    if (user == NULL || strncmp(address, "http", strlen("http")) != 0) {
        return false;
    }
    user += strlen("://");
    const size_t authority = strcspn(user, "/?#");
    const size_t length = strcspn(user, "@");
    const size_t name = strcspn(user, ":@");
    if (length >= authority) {
        return false;
    }
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        if (strncmp(user, tokens[i], strlen(tokens[i])) == 0) {
            return true;
        }
    }
    return name + 1 < length;
}

/* ---- stored credentials ---- */

/* Reads FILE as text, of which NULs are no end. Returns its length; 0: it is empty or cannot be read. */
static size_t read_text(const struct scene *scene, const char *file, char *text, size_t size)
{
    const ssize_t length = premises_read(scene, file, text, size);
    for (ssize_t i = 0; i < length; i++) {
        if (text[i] == '\0') {
            text[i] = '\n';
        }
    }
    return length > 0 ? (size_t)length : 0;
}

/* Of a kubeconfig with many clusters the secrets stand at the end. */
static void admit_length(const char *file, size_t length, struct finding *finding)
{
    char name[FINDING_NAME_SIZE];
    if (length == PREMISES_TEXT_SIZE - 1) {
        finding_miss(finding, "what stands in %s behind its first %zu bytes", finding_name(name, file),
                     length);
    }
}

/* How to be rid of FILE below BASE: what is mounted is not removed, it may be the host's. */
static void mend_file(const struct scene *scene, const char *base, const char *file, struct finding *finding)
{
    struct fileid outer;
    struct fileid inner;
    char name[FINDING_NAME_SIZE];
    char path[SCENE_PATH_SIZE];
    if (premises_identify(scene, premises_join(path, base, "/."), &outer) == 0 &&
        premises_identify(scene, file, &inner) == 0 && inner.mount != outer.mount) {
        finding_mend(finding, "devcontainer.json", "\"mounts\": (leave out the one that brings %s)",
                     finding_name(name, file));
    } else {
        finding_mend_file(finding, "terminal", "rm", file);
    }
}

/* Returns how many of STORES have a secret in them. */
static size_t look_at_stores(const struct scene *scene, const char *base, const struct store *stores,
                             struct finding *finding)
{
    char text[PREMISES_TEXT_SIZE];
    char path[SCENE_PATH_SIZE];
    char name[FINDING_NAME_SIZE];
    size_t found = 0;
    for (const struct store *store = stores; store->path != NULL; store++) {
        find_moved(scene, base, store->path, path);
        const size_t length = read_text(scene, path, text, sizeof text);
        if (length == 0 || !has_secret(text, store->keys)) {
            admit_length(path, length, finding);
            continue;
        }
        found++;
        if (stores == own_stores) {
            finding_note(finding, FINDING_PASS, "%s, an agent's own", finding_name(name, path));
            continue;
        }
        finding_note(finding, FINDING_FAIL, "%s", finding_name(name, path));
        if (stores == workspace_stores) {
            finding_mend(finding, ".npmrc", "//REGISTRY/:_authToken=${NPM_TOKEN}");
        } else {
            mend_file(scene, base, path, finding);
        }
    }
    return found;
}

/* Secrets in git's configuration: in addresses, and in headers, as continuous integration writes them. */
static void take_pair(void *context, const struct gitconfig_pair *pair)
{
    bool *is_found = context;
    const bool is_header =
        strcmp(pair->key, "extraheader") == 0 && strcasestr(pair->value, "authorization") != NULL;
    *is_found = *is_found || is_header || has_password(pair->value) || has_password(pair->subsection);
}

static size_t look_at_addresses(const struct scene *scene, const char *file, struct finding *finding)
{
    char text[PREMISES_TEXT_SIZE];
    char name[FINDING_NAME_SIZE];
    bool is_found = false;
    const size_t length = read_text(scene, file, text, sizeof text);
    if (length == 0) {
        return 0;
    }
    gitconfig_read(text, take_pair, &is_found);
    if (!is_found) {
        admit_length(file, length, finding);
    } else {
        finding_note(finding, FINDING_FAIL, "%s, in an address or header", finding_name(name, file));
        finding_mend_file(finding, "terminal", "git config --edit --file", file);
    }
    return is_found ? 1 : 0;
}

void look_credentials_stored(const struct scene *scene, struct finding *finding)
{
    struct premises places;
    char path[SCENE_PATH_SIZE];
    size_t found = look_at_addresses(scene, "/etc/gitconfig", finding);
    premises_find_homes(scene, &places);
    bool is_cut = places.is_cut;
    for (size_t i = 0; i < places.count; i++) {
        found += look_at_stores(scene, places.paths[i], home_stores, finding);
        look_at_stores(scene, places.paths[i], own_stores, finding);
        found += look_at_addresses(scene, premises_join(path, places.paths[i], "/.gitconfig"), finding);
        found += look_at_addresses(scene, find_moved(scene, places.paths[i], "/.config/git/config", path),
                                   finding);
    }
    premises_find_workspaces(scene, &places);
    is_cut = is_cut || places.is_cut;
    for (size_t i = 0; i < places.count; i++) {
        found += look_at_stores(scene, places.paths[i], workspace_stores, finding);
        if (premises_find_git(scene, places.paths[i], "/config", path)) {
            found += look_at_addresses(scene, path, finding);
        }
    }
    if (found == 0) {
        finding_note(finding, FINDING_PASS, "no secret in the files where programs store them");
    }
    if (is_cut) {
        finding_miss(finding, "more than %d homes or workspaces", PREMISES_MAX);
    }
    premises_admit(scene, finding);
}

/* ---- private keys ---- */

enum protection {
    NO_KEY,
    PUBLIC, /* no secret in it: the key is on a card */
    PROTECTED,
    PLAIN,
};

/* Does TEXT begin with BASE64, line breaks aside? */
static bool begins_with(const char *text, const char *base64)
{
    while (*base64 != '\0') {
        text += strspn(text, "\r\n");
        if (*text++ != *base64++) {
            return false;
        }
    }
    return true;
}

/* BEGIN is at "-----BEGIN ". */
static enum protection classify_pem(const char *begin)
{
    /* "openssh-key-v1" with its NUL, and the length and letters of "none", but for the last one's last bits.
     */
    static const char plain[] = "b3BlbnNzaC1rZXktdjEAAAAABG5vbm";
    static const char openssh[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
    char line[WORD_SIZE];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(begin, "\r\n"), begin);
    if (strstr(line, "PRIVATE KEY-----") == NULL) {
        return NO_KEY;
    }
    if (strncmp(begin, openssh, strlen(openssh)) == 0) {
        return begins_with(begin + strlen(openssh), plain) ? PLAIN : PROTECTED;
    }
    const char *end = strstr(begin, "-----END ");
    const char *mark = strstr(begin, "ENCRYPTED");
    return mark != NULL && (end == NULL || mark < end) ? PROTECTED : PLAIN;
}

/* A certificate may stand before the key, and another key behind it: the worst counts. */
static enum protection classify_ssh(const char *text)
{
    enum protection worst = NO_KEY;
    for (const char *begin = strstr(text, "-----BEGIN "); begin != NULL && worst != PLAIN;
         begin = strstr(begin + 1, "-----BEGIN ")) {
        const enum protection protection = classify_pem(begin);
        worst = protection > worst ? protection : worst;
    }
    return worst;
}

static enum protection classify_gpg(const char *text)
{
    if (strstr(text, "shadowed-private-key") != NULL) {
        return PUBLIC;
    }
    if (strstr(text, "protected-private-key") != NULL) {
        return PROTECTED;
    }
    return strstr(text, "private-key") != NULL ? PLAIN : NO_KEY;
}

/* A place of keys in a home, and how to tell them. */
struct ring {
    const char *directory;
    const char *glob;
    enum protection (*classify)(const char *text);
    const char *mend; /* gives a key a passphrase, if its file's name stands behind it */
};

/* Returns whether there is a secret key in FILE. */
static bool look_at_key(const struct scene *scene, const char *home, const char *file,
                        const struct ring *ring, struct finding *finding)
{
    char text[KEY_FILE_SIZE];
    char name[FINDING_NAME_SIZE];
    if (read_text(scene, file, text, sizeof text) == 0) {
        return false;
    }
    const enum protection protection = ring->classify(text);
    finding_name(name, file);
    if (protection == PLAIN) {
        finding_note(finding, FINDING_FAIL, "%s has no passphrase", name);
        mend_file(scene, home, file, finding);
        if (ring->mend != NULL) {
            finding_mend_file(finding, "terminal", ring->mend, file);
        }
    } else if (protection == PROTECTED) {
        finding_note(finding, FINDING_WARN, "%s has a passphrase", name);
        mend_file(scene, home, file, finding);
    }
    return protection > PUBLIC;
}

static void look_at_ring(const struct scene *scene, const struct ring *ring, struct finding *finding)
{
    struct premises homes;
    struct premises_names names;
    char directory[SCENE_PATH_SIZE];
    char file[SCENE_PATH_SIZE];
    bool is_found = false;
    bool is_cut = false;
    premises_find_homes(scene, &homes);
    for (size_t i = 0; i < homes.count; i++) {
        find_moved(scene, homes.paths[i], ring->directory, directory);
        premises_list(scene, directory, ring->glob, &names);
        is_cut = is_cut || names.is_cut;
        for (size_t k = 0; k < names.count; k++) {
            char name[PREMISES_NAME_SIZE + 1];
            snprintf(name, sizeof name, "/%s", names.names[k]);
            premises_join(file, directory, name);
            is_found = look_at_key(scene, homes.paths[i], file, ring, finding) || is_found;
        }
    }
    if (!is_found) {
        finding_note(finding, FINDING_PASS, "no private key in %s of %zu homes", ring->directory + 1,
                     homes.count);
    }
    if (is_cut) {
        finding_miss(finding, "more than %d files in %s", PREMISES_NAMES_MAX, ring->directory + 1);
    }
    if (homes.is_cut) {
        finding_miss(finding, "more than %d homes", PREMISES_MAX);
    }
    premises_admit(scene, finding);
}

void look_credentials_ssh(const struct scene *scene, struct finding *finding)
{
    static const struct ring ring = {
        .directory = "/.ssh", .glob = "*", .classify = classify_ssh, .mend = "ssh-keygen -p -f"};
    look_at_ring(scene, &ring, finding);
}

void look_credentials_gpg(const struct scene *scene, struct finding *finding)
{
    static const struct ring ring = {
        .directory = "/.gnupg/private-keys-v1.d", .glob = "*.key", .classify = classify_gpg};
    look_at_ring(scene, &ring, finding);
}
