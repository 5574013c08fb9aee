"""How networks are trained with Lightning: data, modules, trainer."""
