# The answer of `mutmut results --all true` as a table by function, then the mutants that no test saw.
/: / {
    split($1, part, ".")
    mutant = $1
    sub(/^.*\.x_+/, "", $1); sub(/__mutmut_[0-9]+:$/, "", $1)
    name = part[2] "." $1
    if (!(name in seen)) { seen[name] = 1; order[++n] = name }
    if ($2 == "killed" || $2 == "timeout") killed[name]++
    else if ($2 != "not") { survived[name]++; left = left "\n- `" substr(mutant, 1, length(mutant) - 1) "`" }
}
END {
    print "# Mutants\n\nMade by `make mutants`: each line of the gate and of the decision core is broken in turn, and the unit"
    print "tests run. \"seen\" is how many breaks failed a test.\n\n| function | broken | seen | not seen |\n|---|---|---|---|"
    for (i = 1; i <= n; i++) {
        name = order[i]
        printf "| `%s` | %d | %d | %d |\n", name, killed[name] + survived[name], killed[name], survived[name]
    }
    if (left) print "\nNot seen (`.venv-mutation/bin/mutmut show NAME` shows one):\n" left
}
