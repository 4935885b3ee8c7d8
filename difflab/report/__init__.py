"""The report: cards built from one tidy table, drawn as SVG, written as HTML and Markdown.

`cards` holds one module per section, `chart` and `draw` split figure data from drawing, `build`
puts the files together.
"""
