;;! test = "lower"
;; A join before much straight code has a `fuel` of its own (`data_drop` costs 8).

(module
  (memory 1)
  (data $d "")
  (func (param i32)
    (block (br_if 0 (local.get 0)) (local.set 0 (i32.const 1)))
    (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d)
    (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d)
    (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d)
    (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d)
    (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d) (data.drop $d)
    (data.drop $d) (data.drop $d)))
