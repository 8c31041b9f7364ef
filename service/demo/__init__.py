"""The demonstration: the example newspaper as a small site with the boxes on its articles. It asks the same recommender as
the API, in process, and holds no state; served only where the setting `demo_site` is on."""
