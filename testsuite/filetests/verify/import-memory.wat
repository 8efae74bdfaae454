;;! test = "verify"
;; The memory is the module's own.

(module ;; error: W0303 the host offers no memory, the module imports `env.memory`
  (import "env" "memory" (memory 1)))

(module
  (memory (export "memory") 1))
