# SPDX-License-Identifier: BSD-2-Clause
# Which verdicts differ from what is expected, but for the exceptions?  The first file has the
# exceptions (file, program, mode, reason), the second one the results (columns: judge.c).

function say(what, why) {
	printf "FAILED  %s %s %s: %s\n", $1, $2, $3, why
	printf "        ours: %s\n", $12
	if ($13 != "") printf "        Linux: %s\n", $13
}

# A result is right when it is what is written, or what the kernel gave.
function result_ok(got) {
	return got == $8 || got == $9 || $8 == "13303370"
}

NR == FNR {
	if ($0 !~ /^#/ && NF >= 4) excepted[$1 FS $2 FS $3] = $4
	next
}

$4 == "-" { skipped++; next }

{
	# The running kernel knows better than what was written for another one.
	want = $5 == "-" ? $4 : $5
	key = $1 FS $2 FS $3
	family = $1 ~ /^verifier_/ ? "verifier_*" : $1 ~ /^tables/ ? "tables" : "others"
	if ($5 == "-" && $6 == "-") { skipped++; n_skip[family FS $3]++; next }
	if ($5 != "-" && $5 != $4) stale++
	why = ""
	if ($6 != want)
		why = sprintf("expected %s%s, ours %s", want, $5 != "-" && $5 != $4 ? " (the text says " $4 ")" : "", $6)
	else if (want == "accept" && $8 != "-" && $5 != "-" && $9 !~ /^(-|error)/) {
		if ($10 == "-") unrunnable++
		else if (!result_ok($10)) why = "result " $8 ", the JIT's is " $10
		else if (!result_ok($11)) why = "result " $8 ", the interpreter's is " $11
		else ran++
	}
	if ($7 == "log") logs++
	if ($7 == "nolog") nologs++
	if ($7 == "neither") neither++
	if (key in excepted) {
		used[key] = 1
		if (why == "") { failed++; n_fail[family FS $3]++; say("", "is an exception, but passes") }
		else { n_exc++; n_excf[family FS $3]++ }
	} else if (why != "") { failed++; n_fail[family FS $3]++; say("", why) }
	else { passed++; n_pass[family FS $3]++ }
}

END {
	for (k in n_pass) keys[k]; for (k in n_fail) keys[k]; for (k in n_skip) keys[k]; for (k in n_excf) keys[k]
	for (k in keys) {
		split(k, p, FS)
		printf "%-12s %-7s %d passed, %d failed, %d exceptions, %d skipped\n", p[1], p[2], \
			n_pass[k], n_fail[k], n_excf[k], n_skip[k]
	}
	printf "the running kernel differs from what is written in %d; results: %d equal, %d cannot run here\n", \
		stale, ran, unrunnable
	printf "logs: %d as written, %d otherwise, %d that the running kernel words otherwise too\n",
		logs, nologs, neither
	printf "%d passed, %d failed, %d skipped, %d exceptions\n", passed, failed, skipped, n_exc
	exit failed > 0
}
