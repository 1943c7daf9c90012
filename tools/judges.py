# SPDX-License-Identifier: MPL-2.0
"""What tools/mutate judges a mutant with: the library and its tests in one program, built in one way, and one file of it exchanged."""
import concurrent.futures, hashlib, json, math, os, re, resource, subprocess, sys

SANITIZE = "-fsanitize=address,undefined -fno-sanitize-recover=all".split()

# All tests in one program. Arguments: NAME=SECONDS, the tests in the order to run them, each with its limit of CPU time.
# Each runs in a process of its own; the first that fails, crashes or hangs ends the program, which prints its name.
RUNNER = """#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
static void (*log_line)(const char *);
void __real_dma_host_log(const char *line);
void __wrap_dma_host_log(const char *line);
void __wrap_dma_host_log(const char *line) { (log_line ? log_line : __real_dma_host_log)(line); }
%(declarations)s
static const struct { const char *name; int (*main)(int, char **); void (*log)(const char *); } tests[] = { %(rows)s };
int main(int argc, char **argv)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int a = 1; a < argc; a++) {
		unsigned i = 0, seconds;
		char *end = strchr(argv[a], '=');
		int status;
		pid_t child;
		*end = 0;
		seconds = (unsigned)atoi(end + 1);
		while (strcmp(tests[i].name, argv[a]))
			i++;
		child = fork();
		if (child == 0) {
			struct rlimit cpu = {seconds, seconds}, none = {0, 0}, data = {1u << 30, 1u << 30};
			char *arguments[] = {argv[a], NULL};
			setpgid(0, 0);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			setrlimit(RLIMIT_CPU, &cpu);
			setrlimit(RLIMIT_CORE, &none);
			if (%(data)d)
				setrlimit(RLIMIT_DATA, &data);
			alarm(20 * seconds); /* a test that waits for ever uses no CPU */
			if (!freopen("/dev/null", "w", stdout))
				return 1;
			log_line = tests[i].log;
			return tests[i].main(1, arguments);
		}
		setpgid(child, child);
		if (waitpid(child, &status, 0) != child)
			status = 1;
		kill(-child, SIGKILL); /* its own children, if it has left some */
		if (status) {
			printf("%%s\\n", argv[a]);
			return 1;
		}
	}
	return 0;
}
"""


def name_of(source):
    return os.path.basename(source)[:-2]


def run(command, **more):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more).returncode == 0


def digest(*parts):
    h = hashlib.sha256()
    for part in parts:
        part = part if isinstance(part, bytes) else str(part).encode()
        h.update(b"%d:" % len(part) + part)
    return h.hexdigest()[:32]


def content(path):
    with open(path, "rb") as f:
        return f.read()


def code(path):
    """The machine code of an object, without what does not run."""
    return digest(subprocess.run(["objdump", "-drsw", path], capture_output=True).stdout.split(b"\n", 3)[-1])


class Build:
    """The library and its tests without a mistake, compiled in one way."""

    def __init__(self, config, folder, jobs, sanitized=False):
        self.config, self.folder, self.jobs, self.sanitized = config, folder, jobs, sanitized
        self.more = SANITIZE if sanitized else []
        self.cc, self.flags, self.link = config["cc"].split(), config["flags"].split(), config["link"].split()
        self.core, self.support, self.tests = config["core"].split(), config["support"].split(), config["tests"].split()
        self.sources = self.core + self.support + self.tests
        self.names = [name_of(t) for t in self.tests]
        self.hashes, self.limits, self.reached, self.includes = {}, {}, {}, {}

    def object_of(self, source, folder=None):
        return os.path.join(folder or self.folder, source[:-2] + ".o")

    def hash_of(self, source):
        """They have no debug information: comments do not matter."""
        if source not in self.hashes:
            self.hashes[source] = digest(content(self.object_of(source)))
        return self.hashes[source]

    def compile(self, source, out, more=(), path=None):
        """path: a changed copy, of which no compiler's cache need know."""
        os.makedirs(os.path.dirname(out), exist_ok=True)
        flags = list(more) + self.flags + self.more
        if source in self.tests:  # all in one program
            flags += ["-Dmain=main_" + name_of(source), "-D__wrap_dma_host_log=log_" + name_of(source)]
        return run(self.cc + ["-std=c11", "-w"] + flags + ["-c", path or source, "-o", out],
                   env=dict(os.environ, CCACHE_DISABLE="1") if path else None)

    def compile_whole(self, source):
        out, path = self.object_of(source), self.object_of(source) + ".new"
        if not self.compile(source, path, ["-MMD", "-MF", out[:-1] + "d"]):
            return False
        os.replace(path, out)  # another run may be using the one that is there, which is the same
        return True

    def runner(self):
        logs = [t for t in self.tests if "__wrap_dma_host_log" in open(t).read()]
        path = os.path.join(self.folder, "runner.c")
        with open(path, "w") as f:
            f.write(RUNNER % {
                "declarations": "\n".join("int main_%s();" % n for n in self.names) + "\n" +
                                "\n".join("void log_%s(const char *);" % name_of(t) for t in logs),
                "rows": ", ".join('{"%s", (int (*)(int, char **))main_%s, %s}' %
                                  (name_of(t), name_of(t), "log_" + name_of(t) if t in logs else "0") for t in self.tests),
                "data": not self.sanitized})
        if not run(self.cc + ["-w"] + self.more + ["-c", path, "-o", path[:-2] + ".o"]):
            sys.exit("tools/mutate: the runner does not compile")
        return path[:-2] + ".o"

    def prepare(self):
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            for source, fine in zip(self.sources, pool.map(self.compile_whole, self.sources)):
                if not fine:
                    sys.exit("tools/mutate: %s does not compile" % source)
        self.start = self.runner()
        self.read_symbols()
        for source in self.sources:
            rule = open(self.object_of(source)[:-1] + "d").read().replace("\\\n", " ").split("\n", 1)[0]
            self.includes[source] = {os.path.normpath(p) for p in rule.split(":", 1)[1].split()}
        self.limits = self.timed()

    def timed(self):
        """The limit of each test's CPU time, ten times what it takes; kept, since the tests of a sound tree need not run again."""
        key, path = digest(self.start, *[self.hash_of(s) for s in self.sources]), os.path.join(self.folder, "limits.json")
        try:
            kept = json.load(open(path))
            if kept["key"] == key:
                return kept["limits"]
        except (OSError, ValueError, KeyError):
            pass
        program, limits = os.path.join(self.folder, "program.%d" % os.getpid()), {}
        if not self.build(program, {}):
            sys.exit("tools/mutate: the tests do not link")
        for name in self.names:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            if self.run(program, [name + "=600"]):
                sys.exit("tools/mutate: %s fails without any mistake" % name)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            limits[name] = 2 + math.ceil(10 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
        os.unlink(program)
        with open(path, "w") as f:
            json.dump({"key": key, "limits": limits}, f)
        return limits

    def read_symbols(self):
        """The sources that each test reaches, by symbols."""
        objects = {self.object_of(s): s for s in self.sources}
        uses, defined = {s: set() for s in self.sources}, {}
        for line in subprocess.run(["nm", "-g", "-A"] + list(objects), stdout=subprocess.PIPE, text=True).stdout.strip().split("\n"):
            path, rest = line.split(":", 1)
            kind, symbol = rest.split()[-2:]
            if kind in "Uwv":  # also those that may be missing
                uses[objects[path]].add(re.sub("^__real_", "", symbol))
            else:
                defined[symbol] = objects[path]
        for test in self.tests:
            todo, found = [test], set()
            while todo:
                source = todo.pop()
                if source not in found:
                    found.add(source)
                    todo += [defined[s] for s in uses[source] if s in defined]
            self.reached[name_of(test)] = found

    def build(self, program, instead):
        objects = [self.start] + [instead.get(s) or self.object_of(s) for s in self.sources]
        return run(self.cc + self.more + self.link + objects + ["-lcmocka", "-lpthread", "-o", program])

    def run(self, program, order):
        done = subprocess.run([program] + order, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              env=dict(os.environ, SEEDS="2", CMOCKA_TEST_ABORT="1"))
        return None if done.returncode == 0 else done.stdout.strip() or "crash"

    def failing(self, instead, folder, order):
        """The test that fails, or None; these objects stand in the place of the library's."""
        program = os.path.join(folder, "program")
        if not self.build(program, instead):
            return "link"
        return self.run(program, ["%s=%d" % (name, self.limits[name]) for name in order])
