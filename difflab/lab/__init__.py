"""The lab: a grid of cells, run in two lanes, recorded one file each.

`cell` says what to measure, `measure` calls the study, `run` turns what happens into a record,
`store` keeps it, `executor` runs many, those that measure time through `alone`, and `profiles`
lists the grids of the report.
"""
